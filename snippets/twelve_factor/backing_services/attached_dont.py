"""Pools that find out from a request that the database was restarted."""

from psycopg_pool import ConnectionPool


def attached(url: str) -> ConnectionPool:
    """Make a pool with the defaults."""
    return ConnectionPool(url, open=False)


def checked(url: str) -> ConnectionPool:
    """Make a pool that tries its dead connections one by one."""
    return ConnectionPool(
        url, check=ConnectionPool.check_connection, open=False
    )
