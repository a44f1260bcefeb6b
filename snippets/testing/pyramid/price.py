"""What an order costs with a discount code."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def discounted(
    price: Decimal, percent: int, last: date, today: date
) -> Decimal:
    """Take a share off the price, up to and on the last day.

    Args:
        price: In euros, of whole cents.
        percent: What is taken off, 0 to 100.
        last: The last day on which the code counts.
        today: The day of the order.

    Returns:
        Euros, of whole cents; half a cent goes to the customer.
    """
    if today > last:
        return price
    off = price * percent / 100
    return price - off.quantize(CENT, ROUND_HALF_UP)
