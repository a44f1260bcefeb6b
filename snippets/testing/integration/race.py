"""Two customers who want the last use of a code at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier
from typing import Protocol


class Database(Protocol):
    """A connection in autocommit, to whatever speaks SQL."""

    def execute(self, query: str, values: Sequence[str] = ()) -> object:
        """Run a statement."""


class Meeting:
    """A connection whose reader waits until the others have read.

    Args:
        db: The connection.
        readers: Where those who have read meet.
    """

    def __init__(self, db: Database, readers: Barrier) -> None:
        self.db = db
        self.readers = readers

    def execute(self, query: str, values: Sequence[str] = ()) -> object:
        """Run a statement; after a SELECT, wait for the others."""
        done = self.db.execute(query, values)
        if query.startswith("SELECT"):
            self.readers.wait(timeout=30)
        return done


def last_use(
    connect: Callable[[], AbstractContextManager[Database]],
    redeem: Callable[..., bool],
    readers: int = 2,
) -> list[object]:
    """Let two customers want the last use, each in a transaction.

    Args:
        connect: Opens a connection to a table with a code LAST.
        redeem: What is tested.
        readers: How many read before one may write.

    Returns:
        For each customer, whether it was given, or the error.
    """
    meeting = Barrier(readers)

    def customer() -> bool:
        with connect() as db:
            db.execute("BEGIN")
            given = redeem(Meeting(db, meeting), "LAST")
            db.execute("COMMIT")
            return given

    with ThreadPoolExecutor() as pool:
        both = [pool.submit(customer) for _ in range(2)]
    return [each.exception() or each.result() for each in both]
