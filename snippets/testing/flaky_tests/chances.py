"""How often to run a test before you believe it."""

import math
from math import ceil, log


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


def hidden(rate: float, tries: int) -> float:
    """Give the share of failing runs that retries turn green.

    Args:
        rate: The share of tries that fail.
        tries: How often the test is tried, at most.
    """
    return 1 - rate ** (tries - 1)
