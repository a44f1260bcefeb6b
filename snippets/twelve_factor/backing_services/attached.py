"""A pool of connections that survives a restart of its database."""

from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


def attached(
    url: str,
    timeout: float = 30,
    reconnect_timeout: float = 300,
    options: str = "",
) -> ConnectionPool:
    """Make a pool that hands out no connection that is dead.

    Args:
        url: Which database, `postgresql://user:password@host/name`.
        timeout: Seconds to wait for a connection at most.
        reconnect_timeout: Seconds to go on trying unasked; after that
            a connection is tried when somebody wants one.
        options: What each session is set to, such as
            `-c statement_timeout=2000`.

    Returns:
        The pool, closed: it connects when it is opened.
    """

    def check(connection: Connection) -> None:
        try:
            ConnectionPool.check_connection(connection)
        except OperationalError:
            pool.check()  # if one is dead, so are its sisters
            raise

    pool = ConnectionPool(
        url,
        kwargs={"options": options} if options else None,
        check=check,
        timeout=timeout,
        reconnect_timeout=reconnect_timeout,
        open=False,
    )
    return pool
