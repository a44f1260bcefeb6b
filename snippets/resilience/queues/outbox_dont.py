"""An order, and then, with luck, the message that says so."""

import httpx
from psycopg import Connection


def place_order(
    connection: Connection, broker: httpx.Client, order_id: str
) -> None:
    """Store an order, and tell the others."""
    with connection.transaction():
        connection.execute(
            "INSERT INTO orders VALUES (%s, 0)", [order_id]
        )
    broker.post("/messages", json={"order_id": order_id})


def announce_order(
    connection: Connection, broker: httpx.Client, order_id: str
) -> None:
    """Tell the others, and store an order."""
    with connection.transaction():
        broker.post("/messages", json={"order_id": order_id})
        connection.execute(
            "INSERT INTO orders VALUES (%s, 0)", [order_id]
        )
