"""Orders that are kept when they are deleted."""

from typing import LiteralString

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from snippets.readiness.access.orders import Rows


class Orders:
    """The orders of one caller."""

    def __init__(self, pool: ConnectionPool, owner: str) -> None:
        self.pool = pool
        self.owner = owner

    def all(self) -> Rows:
        """List them."""
        return self._run(
            "SELECT id, item FROM orders"
            " WHERE owner = %(owner)s AND deleted_at IS NULL"
        )

    def delete(self, order_id: int) -> Rows:
        """Archive one of them; nothing if it is archived already."""
        return self._run(
            "UPDATE orders SET deleted_at = now()"
            " WHERE id = %(id)s AND deleted_at IS NULL RETURNING id",
            order_id,
        )

    def _run(
        self, statement: LiteralString, order_id: int | None = None
    ) -> Rows:
        values = {"id": order_id, "owner": self.owner}
        with self.pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return cursor.execute(statement, values).fetchall()
