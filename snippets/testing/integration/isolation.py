"""Two cheaper ways to keep the rows of tests apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo


@contextmanager
def transaction(url: str) -> Iterator[Connection[Any]]:
    """Give a connection, and take back what was done on it."""
    with psycopg.connect(url) as db:
        yield db
        db.rollback()


@contextmanager
def schema(url: str, tables: bytes) -> Iterator[str]:
    """Give the tables a schema that goes with the test.

    Args:
        url: Of a PostgreSQL database.
        tables: The statements that make the tables.

    Yields:
        A URL that finds the tables of this schema first.
    """
    name = f"test_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE SCHEMA {name}".encode())
        db.execute(f"SET search_path TO {name}".encode())
        db.execute(tables)
        yield make_conninfo(url, options=f"-c search_path={name}")
        db.execute(f"DROP SCHEMA {name} CASCADE".encode())
