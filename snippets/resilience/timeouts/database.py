"""A database that stops when nobody can be waiting any more."""

import psycopg


def connect(url: str, limit: float) -> psycopg.Connection:
    """Connect, and let the server end what takes longer.

    Args:
        url: Where the database is.
        limit: Seconds for each statement.
    """
    milliseconds = round(limit * 1000)
    return psycopg.connect(
        url,
        connect_timeout=2,
        options=f"-c statement_timeout={milliseconds}",
    )
