"""The price, with a code that ends a day too early."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def discounted(
    price: Decimal, percent: int, last: date, today: date
) -> Decimal:
    """Take a share off the price, before the last day only."""
    if today >= last:
        return price
    off = price * percent / 100
    return price - off.quantize(CENT, ROUND_HALF_UP)
