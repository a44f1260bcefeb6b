"""SQLite where the tests should have a PostgreSQL."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager


class SQLite:
    """SQLite behind the call that psycopg has.

    Args:
        db: In autocommit.
        begin: How a transaction begins.
    """

    def __init__(self, db: sqlite3.Connection, begin: str) -> None:
        self.db = db
        self.begin = begin

    def execute(
        self, query: str, values: Sequence[str] = ()
    ) -> sqlite3.Cursor:
        """Run a statement that was written for psycopg."""
        query = query.replace("%s", "?").replace("BEGIN", self.begin)
        return self.db.execute(query, values)


@contextmanager
def connect(file: str, begin: str) -> Iterator[SQLite]:
    """Open a file; whoever must wait for its lock waits 30 s."""
    opened = sqlite3.connect(file, timeout=30, isolation_level=None)
    with closing(opened) as db:
        yield SQLite(db, begin)
