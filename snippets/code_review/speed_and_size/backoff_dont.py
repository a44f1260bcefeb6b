"""How long to wait before another try."""

from collections.abc import Callable
from random import uniform

from snippets.resilience.retries.backoff import BASE, CAP


def full_jitter(
    attempt: int, draw: Callable[[float, float], float] = uniform
) -> float:
    """Draw a pause in seconds, from nothing to an exponential limit.

    Args:
        attempt: How many tries have failed already, from 1.
        draw: How to draw a number between two.
    """
    exponent = attempt - 1
    ceiling = min(CAP, BASE * 2.0**exponent)
    return draw(0, ceiling)
