# ruff: noqa: S101 # a suite asserts
"""Examples that come to mind first."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

LAST = date(2027, 3, 31)


def examples(discounted: Callable[..., Decimal]) -> None:
    """Ask for a round price, well before and well after the end."""
    price = Decimal("80.00")
    before = discounted(price, 25, LAST, date(2027, 3, 1))
    assert before == Decimal("60.00")
    after = discounted(price, 25, LAST, date(2027, 6, 1))
    assert after == Decimal("80.00")
