"""A service that does one request at a time."""

from collections.abc import Iterable


def latencies(due: Iterable[float], work: float) -> list[float]:
    """Give how long each request takes, the wait for its turn included.

    Args:
        due: When requests arrive, in seconds, ascending.
        work: Seconds that the service needs for one.
    """
    free, found = 0.0, []
    for at in due:
        free = max(free, at) + work
        found.append(free - at)
    return found
