"""A discount code that counts its uses."""

from typing import Any

from psycopg import Connection


def redeem(connection: Connection[Any], code: str) -> bool:
    """Use a code once, however many try at the same time.

    Args:
        connection: To PostgreSQL, in autocommit.
        code: What the customer typed.

    Returns:
        Whether there was a use left.
    """
    done = connection.execute(
        "UPDATE codes SET used = used + 1"
        " WHERE code = %s AND used < uses",
        [code],
    )
    return done.rowcount == 1
