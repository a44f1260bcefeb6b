"""Count the minutes in which the service was down."""

from snippets.slos.error_budgets.budget import MINUTE, outage


def spent(slo: float, down: float) -> float:
    """Give the share of the budget that is spent.

    Args:
        slo: The share of time that the service must be up.
        down: How many minutes it was not.
    """
    return down * MINUTE / outage(slo)
