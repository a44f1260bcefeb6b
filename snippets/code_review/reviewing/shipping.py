"""What sending an order costs: nothing from 50 euros."""

from decimal import Decimal

FREE_FROM = Decimal(50)  # euros


def shipping(total: Decimal) -> Decimal:
    """Say what sending an order costs, in euros, with insurance.

    Args:
        total: What the order is worth, in euros.
    """
    if total >= FREE_FROM:
        return Decimal(0)
    return Decimal("4.90") + total / 100
