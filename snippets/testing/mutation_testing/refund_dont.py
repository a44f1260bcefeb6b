# ruff: noqa: PLR2004 # the days are the rule
"""The rule, with one fault: who is on time gets half."""

from decimal import Decimal


def refund(paid: Decimal, days: int) -> Decimal:
    """Give back all within 14 days, and half within 30.

    Args:
        paid: The price, in euros.
        days: Since the parcel came.
    """
    if days < 14:
        return paid
    if days <= 30:
        return paid / 2
    return Decimal(0)
