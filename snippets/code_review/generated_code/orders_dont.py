"""Orders, of which each caller sees and changes their own."""

from typing import LiteralString

import structlog
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from snippets.readiness.access.orders import Rows

logger = structlog.get_logger()


class Orders:
    """The orders of one caller."""

    def __init__(self, pool: ConnectionPool, owner: str) -> None:
        self.pool = pool
        self.owner = owner

    def find(self, order_id: int) -> Rows:
        """Read one of them; nothing if it is not theirs."""
        return self._run(
            "SELECT id, item FROM orders"
            " WHERE id = %(id)s AND owner = %(owner)s",
            order_id,
        )

    def _run(
        self, statement: LiteralString, order_id: int | None = None
    ) -> Rows:
        values = {"id": order_id, "owner": self.owner}
        try:
            with self.pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row)
                return cursor.execute(statement, values).fetchall()
        except Exception:
            logger.exception("query_failed")
            return []
