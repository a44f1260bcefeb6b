"""What sending an order costs, whatever it is worth."""

from decimal import Decimal


def shipping(total: Decimal) -> Decimal:
    """Say what sending an order costs, in euros, with insurance.

    Args:
        total: What the order is worth, in euros.
    """
    return Decimal("4.90") + total / 100
