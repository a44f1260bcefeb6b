"""An order is added up, and the flag has been on since May."""

from decimal import Decimal

from snippets.delivery.feature_flags.enabled import enabled


def total(prices: list[Decimal]) -> Decimal:
    """Add up an order, in euros."""
    if enabled("prices-in-euros"):
        return sum(prices, Decimal(0))
    return sum(prices, Decimal(0)) / 100  # cents
