"""How often to run a test before you believe it."""

import math
from bisect import bisect_left
from math import ceil, comb, log

FINE = 100_000  # rates are told apart by a thousandth of a percent


def runs(rate: float, confidence: float = 0.95) -> int:
    """Give the runs after which a flake has probably been seen.

    Args:
        rate: The share of runs that fail, above 0 and below 1.
        confidence: The chance to see at least one failure.
    """
    return ceil(log(1 - confidence) / log(1 - rate))


def at_most(passed: int, confidence: float = 0.95) -> float:
    """Bound the rate of a test that has never failed.

    Args:
        passed: Runs in a row, at least one.
        confidence: The chance that the bound holds.

    Returns:
        The largest rate of failure that such luck is credible with.
    """
    return 1 - math.pow(1 - confidence, 1 / passed)


def between(
    failed: int, ran: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Bound the rate of a test that has failed now and then.

    Args:
        failed: Runs that failed, of those that ran.
        ran: All of them, 1,000 at most, none of which bears on another.
        confidence: The chance that the bounds hold.

    Returns:
        The least and the largest rate that such a count is credible
        with, as Clopper and Pearson define them.
    """
    rare = (1 - confidence) / 2
    rates = range(FINE)
    least = bisect_left(
        rates, rare, key=lambda r: 1 - few(failed - 1, ran, r / FINE)
    )
    largest = bisect_left(
        rates, -rare, key=lambda r: -few(failed, ran, r / FINE)
    )
    return least / FINE, largest / FINE


def few(failed: int, ran: int, rate: float) -> float:
    """Give the chance that no more runs than these fail."""
    return sum(
        comb(ran, k) * rate**k * (1 - rate) ** (ran - k)
        for k in range(failed + 1)
    )


def hidden(rate: float, tries: int) -> float:
    """Give the share of failing runs that retries turn green.

    Args:
        rate: The share of tries that fail.
        tries: How often the test is tried, at most.
    """
    return 1 - rate ** (tries - 1)
