"""A database of its own for each test, copied from one that is ready."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo


@contextmanager
def database(server: str, template: str = "template1") -> Iterator[str]:
    """Make a database, and drop it whatever happens in it.

    Args:
        server: URL of a PostgreSQL, of a role that may create databases.
        template: Name of the database that is copied; nobody may be
            connected to it.

    Yields:
        The URL of the new database.
    """
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(
            f"CREATE DATABASE {name} TEMPLATE {template}".encode()
        )
        try:
            yield make_conninfo(server, dbname=name)
        finally:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
