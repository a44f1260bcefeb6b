"""A budget for whatever was typed, and what it decides."""


def allowed(slo: str, days: int = 30) -> float:
    """Give the minutes of outage that an objective allows."""
    return (100 - float(slo)) / 100 * days * 24 * 60


def frozen(slo: str, outage: float) -> bool:
    """Tell whether an outage, in minutes, has spent the budget."""
    return allowed(slo) - outage < 0
