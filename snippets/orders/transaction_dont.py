"""The charge within the transaction of the order."""

from typing import Any

import httpx

from snippets.orders.models import NewOrder
from snippets.orders.store import Store
from snippets.resilience.idempotency.once import once
from snippets.resilience.idempotency.payments import key_for

INSERT = """
INSERT INTO orders (client, item, cents, payment, charge)
VALUES (%s, %s, %s, 'charged', %s) RETURNING id
"""


def place(
    store: Store,
    provider: httpx.Client,
    client: str,
    key: str,
    wanted: NewOrder,
) -> dict[str, Any]:
    """Charge an order and keep it, all or nothing."""
    with store.pool.connection() as connection:

        def work() -> dict[str, Any]:
            answer = provider.post(
                "/charges",
                json={"cents": wanted.cents},
                headers={
                    "Idempotency-Key": key_for(client, key, "charge")
                },
            ).raise_for_status()
            charge = answer.json()["charge"]
            row = [client, wanted.item, wanted.cents, charge]
            [(order_id,)] = connection.execute(INSERT, row).fetchall()
            return {"order_id": str(order_id)}

        request = wanted.model_dump_json().encode()
        return once(connection, client, key, request, work)
