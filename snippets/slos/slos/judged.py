"""Judge an objective by what is left of its budget."""

from snippets.slos.error_budgets.budget import budget


def left(slo: float, bad: float, requests: float) -> float:
    """Give the share of the budget that is left; below 0 it is missed.

    Args:
        slo: The share that must be good, such as 0.95.
        bad: How many were not.
        requests: How many there are in the period.
    """
    return 1 - bad / budget(slo, requests)


def together(*slos: float) -> float:
    """Give what a request can expect that needs every one of them.

    It holds if they fail independently of one another.
    """
    share = 1.0
    for slo in slos:
        share *= slo
    return share
