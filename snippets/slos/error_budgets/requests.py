"""Count the requests that failed."""

from snippets.slos.error_budgets.budget import budget


def spent(slo: float, failed: float, requests: float) -> float:
    """Give the share of the budget that is spent; above 1 it is gone.

    Args:
        slo: The share that must succeed, such as 0.999.
        failed: How many did not.
        requests: How many there are in the period.
    """
    return failed / budget(slo, requests)
