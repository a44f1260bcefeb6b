# the harm
"""Look whether the key is there, and insert it at the end."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from psycopg import Connection
from psycopg.types.json import Json

from snippets.resilience.idempotency.once import KeyReusedError

LOOK = """
SELECT request_hash, response FROM idempotency_keys
WHERE (client, key) = (%s, %s)
"""

STORE = """
INSERT INTO idempotency_keys (client, key, request_hash, response)
VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""


def once(
    connection: Connection[Any],
    client: str,
    key: str,
    request: bytes,
    work: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do the work, unless the key is there."""
    hashed = sha256(request).hexdigest()
    found = connection.execute(LOOK, [client, key]).fetchone()
    if found is None:
        response = work()
        row = [client, key, hashed, Json(response)]
        connection.execute(STORE, row)
        return response
    request_hash, stored = found
    if request_hash != hashed:
        raise KeyReusedError({"key": key})
    return dict(stored)
