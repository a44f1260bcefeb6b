"""How long to wait before another try."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import uniform

BASE = 0.5  # seconds
CAP = 10.0  # seconds


def full_jitter(
    failed: int, draw: Callable[[float, float], float] = uniform
) -> float:
    """Draw a pause in seconds, from nothing to an exponential limit.

    Args:
        failed: How many tries have failed already, from 1.
        draw: How to draw a number between two.
    """
    doublings = min(failed - 1, 60)  # enough for any cap
    return draw(0, min(CAP, BASE * 2.0**doublings))


def retry_after(value: str, now: datetime) -> float:
    """Read how many seconds a server asks for.

    Args:
        value: The header, in seconds or as a date; empty if not sent.
        now: The time, with a time zone.
    """
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0  # neither: as if not sent
    return max(0, (until.replace(tzinfo=UTC) - now).total_seconds())
