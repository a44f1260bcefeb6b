"""Each dependency may hold so many calls, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from prometheus_client import Counter

REFUSED = Counter(
    "bulkhead_refused_total",
    "Calls refused because the dependency holds enough of them.",
    ["dependency"],
)


class BulkheadFullError(Exception):
    """The dependency holds as many calls as it may."""


class Bulkhead:
    """A limit on the calls of one dependency at a time.

    Args:
        dependency: Its name, for the metric.
        limit: How many calls it may hold.
    """

    def __init__(self, dependency: str, limit: int) -> None:
        self.dependency = dependency
        self._places = BoundedSemaphore(limit)
        REFUSED.labels(dependency)  # begins at 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for one call, or fail at once.

        Raises:
            BulkheadFullError: None is free.
        """
        if not self._places.acquire(blocking=False):
            REFUSED.labels(self.dependency).inc()
            raise BulkheadFullError(self.dependency)
        try:
            yield
        finally:
            self._places.release()
