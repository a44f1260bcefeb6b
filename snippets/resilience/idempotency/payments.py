"""A payment that is tried twice is charged once."""

import json
import os
from hashlib import sha256
from typing import Any

import httpx
from psycopg import Connection

provider = httpx.Client(timeout=2)

INSERT = """
INSERT INTO payments (charge, client, cents) VALUES (%s, %s, %s)
"""


def key_for(client: str, key: str, step: str) -> str:
    """Make the key for one step: the same in every try.

    To the provider all our clients are one. Two of them may have the
    same key, and one request may take several steps.
    """
    name = json.dumps([client, key, step])
    return sha256(name.encode()).hexdigest()


def pay(
    connection: Connection[Any], client: str, key: str, cents: int
) -> dict[str, Any]:
    """Charge a client: the work of a request that is done once.

    Args:
        connection: The transaction that holds the client's key.
        client: Who pays.
        key: What the client calls the request.
        cents: How much.

    Raises:
        HTTPError: The provider refused, or nobody knows what it did.
    """
    answer = provider.post(
        f"{os.environ['PROVIDER']}/charges",
        json={"cents": cents},
        headers={"Idempotency-Key": key_for(client, key, "charge")},
    ).raise_for_status()
    charge = answer.json()["charge"]
    connection.execute(INSERT, [charge, client, cents])
    return {"charge": charge, "cents": cents}
