# ruff: noqa: S101 # a suite asserts
"""Both sides of every limit that the price has."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

LAST = date(2027, 3, 31)
AFTER = date(2027, 4, 1)
CASES = {
    "the last day": ("80.00", 25, LAST, "60.00"),
    "the day after it": ("80.00", 25, AFTER, "80.00"),
    "half a cent": ("0.05", 10, LAST, "0.04"),
    "a cent and a half": ("0.15", 10, LAST, "0.13"),
    "just below half a cent": ("0.04", 10, LAST, "0.04"),
    "nothing off": ("80.00", 0, LAST, "80.00"),
    "all off": ("80.00", 100, LAST, "0.00"),
    "the smallest price": ("0.01", 100, LAST, "0.00"),
}


def boundaries(discounted: Callable[..., Decimal]) -> None:
    """Ask for the value at each limit, and for its neighbour."""
    for name, (price, percent, day, total) in CASES.items():
        paid = discounted(Decimal(price), percent, LAST, day)
        assert paid == Decimal(total), name
