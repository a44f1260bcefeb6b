"""Take messages from the outbox, and hope to live long enough."""

from psycopg import Connection

from snippets.resilience.queues.consumer import Handle

TAKE = """
    DELETE FROM outbox WHERE id = (
        SELECT id FROM outbox ORDER BY written_at LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, body
"""


def work_once(connection: Connection, handle: Handle) -> None:
    """Take a message out, and then do what it says."""
    taken = connection.execute(TAKE).fetchone()
    if taken is not None:
        handle(connection, *taken)
