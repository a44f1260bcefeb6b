"""Try a test again until it is green."""

from collections.abc import Callable
from contextlib import suppress


def retried(test: Callable[[], None], tries: int = 3) -> None:
    """Run a test up to three times."""
    for _ in range(tries - 1):
        with suppress(AssertionError):
            return test()
    return test()
