"""How long to wait before another try, without a word on why."""

from collections.abc import Callable
from random import uniform

from snippets.resilience.retries.backoff import BASE, CAP


def full_jitter(
    failed: int, draw: Callable[[float, float], float] = uniform
) -> float:
    """Draw a pause in seconds, from nothing to an exponential limit.

    Args:
        failed: How many tries have failed already, from 1.
        draw: How to draw a number between two.
    """
    return draw(0, min(CAP, BASE * 2.0 ** min(failed - 1, 60)))
