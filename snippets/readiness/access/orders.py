"""Orders, of which each caller sees and changes their own."""

from typing import Any, LiteralString

from fastapi import HTTPException
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

Rows = list[dict[str, Any]]


class Orders:
    """The orders of one caller.

    Args:
        pool: The database.
        owner: Who is calling.
    """

    def __init__(self, pool: ConnectionPool, owner: str) -> None:
        self.pool = pool
        self.owner = owner

    def all(self) -> Rows:
        """List them."""
        return self._run(
            "SELECT id, item FROM orders WHERE owner = %(owner)s"
        )

    def find(self, order_id: int) -> Rows:
        """Read one of them; nothing if it is not theirs."""
        return self._run(
            "SELECT id, item FROM orders"
            " WHERE id = %(id)s AND owner = %(owner)s",
            order_id,
        )

    def delete(self, order_id: int) -> Rows:
        """Delete one of them; nothing if it is not theirs."""
        return self._run(
            "DELETE FROM orders"
            " WHERE id = %(id)s AND owner = %(owner)s RETURNING id",
            order_id,
        )

    def _run(
        self, statement: LiteralString, order_id: int | None = None
    ) -> Rows:
        values = {"id": order_id, "owner": self.owner}
        with self.pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return cursor.execute(statement, values).fetchall()


def one(rows: Rows) -> dict[str, Any]:
    """Give the only row.

    Raises:
        HTTPException: 404, whether it is absent or somebody else's.
    """
    if not rows:
        raise HTTPException(404)
    return rows[0]
