"""An order, and the message that says so."""

from psycopg import Connection
from psycopg.types.json import Jsonb


def place_order(
    connection: Connection, order_id: str, total_cents: int
) -> None:
    """Store an order and its message, or neither.

    Raises:
        ValueError: The connection does not autocommit: what is stored
            here would hang on a transaction of somebody else.
    """
    if not connection.autocommit:
        raise ValueError("the connection must autocommit")
    body = {"order_id": order_id, "total_cents": total_cents}
    with connection.transaction():
        connection.execute(
            "INSERT INTO orders (id, total_cents) VALUES (%s, %s)",
            [order_id, total_cents],
        )
        connection.execute(
            "INSERT INTO outbox (body) VALUES (%s)", [Jsonb(body)]
        )
