# ruff: noqa: PLR2004, S101 # a test asserts
"""Two suites for the same function."""

from decimal import Decimal
from types import ModuleType


def middle(refunds: ModuleType) -> None:
    """Check one ordinary day in each span."""
    assert refunds.refund(Decimal(80), 3) == 80
    assert refunds.refund(Decimal(80), 20) == 40
    assert refunds.refund(Decimal(80), 90) == 0


def boundary(refunds: ModuleType) -> None:
    """Check the last day of each span, and the day after."""
    assert refunds.refund(Decimal(80), 14) == 80
    assert refunds.refund(Decimal(80), 15) == 40
    assert refunds.refund(Decimal(80), 30) == 40
    assert refunds.refund(Decimal(80), 31) == 0
