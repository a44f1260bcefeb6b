"""A discount code that two customers may use last."""

from typing import Any

from psycopg import Connection


def redeem(connection: Connection[Any], code: str) -> bool:
    """Look whether a use is left, and then count it."""
    found = connection.execute(
        "SELECT used < uses FROM codes WHERE code = %s", [code]
    )
    if found.fetchone() != (True,):
        return False
    connection.execute(
        "UPDATE codes SET used = used + 1 WHERE code = %s", [code]
    )
    return True
