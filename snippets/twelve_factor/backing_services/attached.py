"""A pool of connections that survives a restart of its database."""

from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


def attached(url: str) -> ConnectionPool:
    """Make a pool that hands out no connection that is dead.

    Args:
        url: Which database, `postgresql://user:password@host/name`.

    Returns:
        The pool, closed: it connects when it is opened.
    """

    def check(connection: Connection) -> None:
        try:
            ConnectionPool.check_connection(connection)
        except OperationalError:
            pool.check()  # if one is dead, so are its sisters
            raise

    pool = ConnectionPool(url, check=check, open=False)
    return pool
