# ruff: noqa: S608 # the harm
"""Orders that can be searched."""

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from snippets.readiness.access.orders import Rows


class Orders:
    """The orders of one caller."""

    def __init__(self, pool: ConnectionPool, owner: str) -> None:
        self.pool = pool
        self.owner = owner

    def all(self, containing: str = "") -> Rows:
        """List them, or those whose item contains a text."""
        return self._run(
            "SELECT id, item FROM orders WHERE owner = %(owner)s"
            f" AND item LIKE '%%{containing}%%'"
        )

    def _run(self, statement: str) -> Rows:
        with self.pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            values = {"owner": self.owner}
            return cursor.execute(statement, values).fetchall()
