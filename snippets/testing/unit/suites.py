# ruff: noqa: S101 # a suite asserts
"""What the checkout does, and what both kinds of codes do."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from snippets.testing.unit.checkout import Code, Codes

LAST = date(2027, 3, 31)


def third_pays_all(total: Callable[..., Decimal], codes: Codes) -> None:
    """Ask three times for a code that has two uses."""
    code = Code("SPRING", 25, LAST)
    paid = [total(codes, code, Decimal("19.99"), LAST) for _ in "123"]
    assert [str(each) for each in paid] == ["14.99", "14.99", "19.99"]


def contract(codes: Codes) -> None:
    """Ask fake and table alike, with two uses of SPRING."""
    assert not codes.redeem("spring")
    assert not codes.redeem("UNKNOWN")
    assert [codes.redeem("SPRING") for _ in "1234"] == [
        *(True, True),
        *(False, False),
    ]
