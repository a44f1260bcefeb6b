"""Two versions are timed under the same conditions."""

from collections.abc import Callable
from timeit import timeit


def ratio(
    old: Callable[[], object],
    new: Callable[[], object],
    rounds: int = 5,
) -> float:
    """Say how many times as fast `new` is: 1.0 is no change.

    Args:
        old: What was there, with a realistic amount of work.
        new: What may replace it, with the same work.
        rounds: How often to time each; the fastest counts.
    """
    old()
    new()
    olds, news = [], []
    for _ in range(rounds):
        olds.append(timeit(old, number=1))
        news.append(timeit(new, number=1))
    return min(olds) / min(news)
