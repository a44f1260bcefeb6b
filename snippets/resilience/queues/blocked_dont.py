# ruff: noqa: BLE001, S112 # the harm
"""Handle messages in order, and the bad one for ever."""

from psycopg import Connection

from snippets.resilience.queues.consumer import Handle

OLDEST = "SELECT id, body FROM outbox ORDER BY written_at LIMIT 1"


def work_once(connection: Connection, handle: Handle) -> None:
    """Try the oldest message until it works."""
    for message, body in connection.execute(OLDEST).fetchall():
        try:
            handle(connection, message, body)
        except Exception:
            continue  # next time, perhaps
        connection.execute(
            "DELETE FROM outbox WHERE id = %s", [message]
        )
