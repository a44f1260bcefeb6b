"""Connections that are opened with the secret of the day."""

from pathlib import Path

from psycopg_pool import ConnectionPool

from snippets.readiness.secrets.files import read_secret

MINUTES = 60  # seconds


def open_pool(
    secret: Path, lifetime: float = 10 * MINUTES
) -> ConnectionPool:
    """Open connections to the database.

    Args:
        secret: The file with the whole URL, user and password.
        lifetime: How long a connection is used at most, in seconds;
            so long a secret lives on that was replaced.
    """
    return ConnectionPool(
        lambda: read_secret(secret),  # asked for each new connection
        max_lifetime=lifetime,
        open=True,
    )
