"""Codes in a table, and codes in memory that behave the same."""

from typing import Any

from psycopg import Connection

from snippets.testing.pyramid.store import redeem


class StoredCodes:
    """The codes of the shop.

    Args:
        connection: To PostgreSQL, in autocommit.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def redeem(self, code: str) -> bool:
        """Use a code once, and say whether a use was left."""
        return redeem(self.connection, code)


class FakeCodes:
    """The codes of a test: it counts, as the table does.

    Args:
        uses: How often each code may be used.
    """

    def __init__(self, **uses: int) -> None:
        self.left = uses

    def redeem(self, code: str) -> bool:
        """Use a code once, and say whether a use was left."""
        if self.left.get(code, 0) == 0:
            return False
        self.left[code] -= 1
        return True
