"""Do what a request asks once, however often it arrives."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus
from psycopg.types.json import Json

from snippets.resilience.structured_errors.domain import DomainError

PATIENCE = "5s"

# Whoever inserts the key first has the work. Another waits here until
# the first one's transaction has ended, and then has its response.
CLAIM = """
INSERT INTO idempotency_keys AS stored (client, key, request_hash)
VALUES (%s, %s, %s)
ON CONFLICT (client, key) DO UPDATE SET key = stored.key
RETURNING request_hash, response
"""

ANSWER = """
UPDATE idempotency_keys SET response = %s
WHERE (client, key) = (%s, %s)
"""

FORGET = "DELETE FROM idempotency_keys WHERE created_at < now() - %s"


class KeyReusedError(DomainError):
    """The key came before, with another request."""

    code = "idempotency-key-reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "Key {key} was sent with another request."


class StillRunningError(DomainError):
    """The first request with this key has not ended."""

    code = "request-still-running"
    status = HTTPStatus.CONFLICT
    message = "The request with key {key} is still running."


def once(
    connection: Connection[Any],
    client: str,
    key: str,
    request: bytes,
    work: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do the work, or give the response of when it was done.

    The caller's transaction holds the key, what the work does and the
    response: they are committed together, or not at all.

    Args:
        connection: A transaction, which the work uses too.
        client: Who asks, as proved by their credentials.
        key: What the client calls this request.
        request: All that the request asks for, as it was sent.
        work: What to do the first time. What it raises is not stored.

    Raises:
        KeyReusedError: The key names another request.
        StillRunningError: The first request takes too long.
        RuntimeError: The connection commits each statement by itself.
    """
    hashed = sha256(request).hexdigest()
    limit = "SELECT set_config('lock_timeout', %s, true)"
    connection.execute(limit, [PATIENCE])
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        message = "once needs a transaction, and this one commits"
        raise RuntimeError(message)
    try:
        claim = connection.execute(CLAIM, [client, key, hashed])
    except LockNotAvailable as error:
        raise StillRunningError({"key": key}) from error
    connection.execute("SET LOCAL lock_timeout TO DEFAULT")
    [(request_hash, response)] = claim.fetchall()
    if request_hash != hashed:
        raise KeyReusedError({"key": key})
    if response is None:
        response = work()
        connection.execute(ANSWER, [Json(response), client, key])
    return dict(response)


def forget(connection: Connection[Any], age: timedelta) -> None:
    """Delete old keys: from then on a repeat is a new request.

    Args:
        connection: A transaction.
        age: Longer than any client goes on trying.
    """
    connection.execute(FORGET, [age])
