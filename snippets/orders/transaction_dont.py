"""The charge within the transaction of the order."""

import asyncio
from typing import Any

from snippets.orders.models import NewOrder
from snippets.orders.payments import Payments
from snippets.orders.store import Store
from snippets.resilience.idempotency.once import once
from snippets.resilience.idempotency.payments import key_for

INSERT = """
INSERT INTO orders (client, item, cents, payment, charge)
VALUES (%s, %s, %s, 'charged', %s) RETURNING id
"""


def place(
    store: Store,
    payments: Payments,
    client: str,
    key: str,
    wanted: NewOrder,
) -> dict[str, Any]:
    """Charge an order and keep it, all or nothing."""
    with store.pool.connection() as connection:

        def work() -> dict[str, Any]:
            charge = asyncio.run(
                payments.charge(
                    key_for(client, key, "charge"), wanted.cents
                )
            )
            row = [client, wanted.item, wanted.cents, charge]
            [(order_id,)] = connection.execute(INSERT, row).fetchall()
            return {"order_id": str(order_id)}

        request = wanted.model_dump_json().encode()
        return once(connection, client, key, request, work)
