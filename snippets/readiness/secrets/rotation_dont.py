"""Change a password in place."""

from collections.abc import Callable
from secrets import token_urlsafe

from psycopg import Connection


def rotate(
    admin: Connection, role: str, publish: Callable[[str], None]
) -> None:
    """Give a role another password, and tell the service."""
    password = token_urlsafe(32)
    admin.pgconn.change_password(role.encode(), password.encode())
    publish(password)
