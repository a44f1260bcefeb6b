"""Orders in PostgreSQL, and what is still to be done for them."""

from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from snippets.orders.models import NewOrder, Order
from snippets.resilience.idempotency.once import once
from snippets.twelve_factor.backing_services.attached import attached

WAIT = 1  # seconds for a connection
STATEMENT = 6  # seconds for a statement: `once` waits for 5
LEASE = timedelta(seconds=30)  # longer than any request lives

INSERT = """
INSERT INTO orders (client, item, cents) VALUES (%s, %s, %s)
RETURNING id
"""
LATER = "INSERT INTO outbox (body, due_at) VALUES (%s, now() + %s)"
FIND = """
SELECT id AS order_id, item, cents, payment FROM orders
WHERE (id, client) = (%s, %s)
"""
CHARGED = """
UPDATE orders SET payment = 'charged', charge = %s
WHERE id = %s AND payment = 'pending'
"""
DECLINED = """
UPDATE orders SET payment = 'declined'
WHERE id = %s AND payment = 'pending'
"""
DONE = "DELETE FROM outbox WHERE body ->> 'order_id' = %s"
DUE = "UPDATE outbox SET due_at = now() WHERE body ->> 'order_id' = %s"


class Store:
    """The database of the orders.

    Args:
        url: Where it is.
    """

    def __init__(self, url: str) -> None:
        limit = f"-c statement_timeout={STATEMENT}s"
        self.pool = attached(url, WAIT, WAIT, limit)
        self._seen = False

    def place(
        self, client: str, key: str, request: bytes, order: NewOrder
    ) -> tuple[Order, bool]:
        """Keep an order, and the message that it is to be charged.

        Returns:
            The order as it is now, and whether it is new.
        """
        new = False
        with self.pool.connection() as connection:

            def work() -> dict[str, Any]:
                nonlocal new
                new = True
                row = [client, order.item, order.cents]
                inserted = connection.execute(INSERT, row)
                [(order_id,)] = inserted.fetchall()
                body = {
                    "order_id": str(order_id),
                    "client": client,
                    "key": key,
                    "cents": order.cents,
                }
                connection.execute(LATER, [Jsonb(body), LEASE])
                return {"order_id": str(order_id)}

            kept = once(connection, client, key, request, work)
            [found] = find(connection, client, kept["order_id"])
        return found, new

    def find(self, client: str, order_id: str) -> list[Order]:
        """Find a client's own order."""
        with self.pool.connection() as connection:
            return find(connection, client, order_id)

    def settle(self, order_id: str, charge: str | None) -> None:
        """Write down what the provider did; nothing is left to do."""
        with self.pool.connection() as connection:
            settle(connection, order_id, charge)
            connection.execute(DONE, [order_id])

    def leave(self, order_id: str) -> None:
        """Let the settlement have an order now."""
        with self.pool.connection() as connection:
            connection.execute(DUE, [order_id])

    def connect(self) -> None:
        """Return once there has been a connection.

        Raises:
            OperationalError: There has been none.
        """
        if not self._seen:
            with self.pool.connection(timeout=0.4):
                self._seen = True


def find(
    connection: Connection[Any], client: str, order_id: str
) -> list[Order]:
    """Find a client's own order, within a transaction."""
    with connection.cursor(row_factory=class_row(Order)) as cursor:
        return cursor.execute(FIND, [order_id, client]).fetchall()


def settle(
    connection: Connection[Any], order_id: str, charge: str | None
) -> None:
    """Write down what the provider did, if nobody has.

    Args:
        connection: A transaction.
        order_id: Which order was to be charged.
        charge: The provider's name for it; none if it refused.
    """
    if charge is None:
        connection.execute(DECLINED, [order_id])
    else:
        connection.execute(CHARGED, [charge, order_id])
