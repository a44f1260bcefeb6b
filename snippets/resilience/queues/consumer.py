"""Take messages from the outbox, and never lose one."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any, TypeAlias
from uuid import UUID

import structlog
from psycopg import Connection

logger = structlog.get_logger()

Handle: TypeAlias = Callable[[Connection, UUID, dict[str, Any]], None]

LEASE = timedelta(seconds=30)  # a handler gives up before that
TRIES = 8
CLAIM = """
    UPDATE outbox
    SET tries = tries + 1, due_at = now() + %s * power(2, tries)
    WHERE id = (
        SELECT id FROM outbox WHERE due_at <= now()
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, body, tries
"""


class LeaseLostError(Exception):
    """The work took longer than the lease, and somebody else has it."""


def work(
    connection: Connection, handle: Handle, stopping: Event
) -> None:
    """Handle messages until told to stop."""
    while not stopping.is_set():
        if not work_once(connection, handle):
            stopping.wait(1)  # second


def work_once(connection: Connection, handle: Handle) -> bool:
    """Handle one message that is due and that nobody else holds.

    If this process dies, the message is due again after the lease.

    Args:
        connection: To the database of the outbox; it must autocommit.
        handle: What to do; what it writes through the connection
            stands only if the message goes.

    Returns:
        Whether there was a message.

    Raises:
        ValueError: The connection does not autocommit.
    """
    if not connection.autocommit:
        raise ValueError("the connection must autocommit")
    claimed = connection.execute(CLAIM, [LEASE]).fetchone()
    if claimed is None:
        return False
    message, body, tries = claimed
    if tries > TRIES:
        put_aside(connection, message, "no answer within the lease")
        return True
    try:
        with connection.transaction():
            handle(connection, message, body)
            finish(connection, message)
    except Exception as error:
        logger.exception(
            "message_failed", message_id=str(message), tries=tries
        )
        if (
            tries >= TRIES
        ):  # until then it is due again, later each time
            put_aside(connection, message, repr(error))
    return True


def finish(connection: Connection, message: UUID) -> None:
    """Delete a message, in the transaction of its work.

    Raises:
        LeaseLostError: It is gone, and the work must be undone.
    """
    gone = connection.execute(
        "DELETE FROM outbox WHERE id = %s", [message]
    )
    if not gone.rowcount:
        raise LeaseLostError


def put_aside(
    connection: Connection, message: UUID, error: str
) -> None:
    """Move a message, with its last error, to the dead letters."""
    connection.execute(
        """
        WITH gone AS (DELETE FROM outbox WHERE id = %s RETURNING *)
        INSERT INTO dead_letters (id, body, written_at, error)
        SELECT id, body, written_at, %s FROM gone
        """,
        [message, error],
    )


def put_back(connection: Connection, message: UUID) -> None:
    """Move a dead letter back, when its cause is mended."""
    connection.execute(
        """
        WITH back AS (
            DELETE FROM dead_letters WHERE id = %s RETURNING *
        )
        INSERT INTO outbox (id, body, written_at)
        SELECT id, body, written_at FROM back
        """,
        [message],
    )


def waiting(connection: Connection) -> tuple[float, int]:
    """Measure what to alert on.

    Returns:
        The age of the oldest message, in seconds, and the number of
        dead letters.
    """
    row = connection.execute("""
        SELECT
            coalesce(extract(epoch FROM now() - min(written_at)), 0),
            (SELECT count(*) FROM dead_letters)
        FROM outbox
    """).fetchone()
    age, dead = row or (0, 0)
    return float(age), dead
