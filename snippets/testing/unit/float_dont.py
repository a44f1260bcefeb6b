"""The price, with a float between two decimals."""

from datetime import date
from decimal import Decimal


def discounted(
    price: Decimal, percent: int, last: date, today: date
) -> Decimal:
    """Take a share off the price, as Python rounds floats."""
    if today > last:
        return price
    total = round(float(price) * (1 - percent / 100), 2)
    return Decimal(f"{total:.2f}")
