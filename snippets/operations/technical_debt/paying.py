"""What an order of paying costs."""

from collections.abc import Iterable

from snippets.operations.technical_debt.register import Debt


def lost(order: Iterable[Debt], pace: float) -> float:
    """Add up the interest until the last debt is paid off.

    Args:
        order: One is paid off after the other.
        pace: Hours a month that go into it, of all people together.

    Returns:
        Hours.
    """
    total = months = 0.0
    for debt in order:
        months += debt.principal / pace
        total += months * debt.interest
    return total
