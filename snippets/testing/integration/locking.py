"""A discount code whose row is locked while it is looked at."""

from typing import Any

from psycopg import Connection


def redeem(connection: Connection[Any], code: str) -> bool:
    """Lock, look and count, in the transaction of the caller.

    Args:
        connection: To PostgreSQL, in a transaction.
        code: What the customer typed.

    Returns:
        Whether there was a use left.
    """
    found = connection.execute(
        "SELECT used < uses FROM codes WHERE code = %s FOR UPDATE",
        [code],
    )
    if found.fetchone() != (True,):
        return False
    connection.execute(
        "UPDATE codes SET used = used + 1 WHERE code = %s", [code]
    )
    return True
