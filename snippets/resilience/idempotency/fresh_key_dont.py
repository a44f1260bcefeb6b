# the harm
"""Make a key for each try."""

import os
import uuid
from typing import Any

import httpx
from psycopg import Connection

provider = httpx.Client(timeout=2)

INSERT = """
INSERT INTO payments (charge, client, cents) VALUES (%s, %s, %s)
"""


def pay(
    connection: Connection[Any], client: str, _key: str, cents: int
) -> dict[str, Any]:
    """Charge a client, under a key of our own."""
    answer = provider.post(
        f"{os.environ['PROVIDER']}/charges",
        json={"cents": cents},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    ).raise_for_status()
    charge = answer.json()["charge"]
    connection.execute(INSERT, [charge, client, cents])
    return {"charge": charge, "cents": cents}
