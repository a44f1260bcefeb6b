"""What an objective leaves to fail, and how long that lasts."""

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PERIOD = 30 * DAY  # over which the objective is judged


def budget(slo: float, requests: float) -> float:
    """Give how many requests may fail.

    Args:
        slo: The share that must succeed, such as 0.999.
        requests: How many there are in the period.
    """
    return (1 - slo) * requests


def outage(slo: float, period: float = PERIOD) -> float:
    """Give the full outage that spends the budget, in seconds.

    It holds only if requests arrive evenly, and every one fails.

    Args:
        slo: The share that must succeed, such as 0.999.
        period: Over which it is judged, in seconds.
    """
    return (1 - slo) * period


def burn_rate(errors: float, slo: float) -> float:
    """Give how many times faster than allowed the budget is spent.

    Args:
        errors: The share of requests that fail, from 0 to 1.
        slo: The share that must succeed, such as 0.999.
    """
    return errors / (1 - slo)


def lasts(burn: float, period: float = PERIOD) -> float:
    """Give how long a whole budget lasts, in seconds.

    Args:
        burn: The burn rate, above 0.
        period: Over which the objective is judged, in seconds.
    """
    return period / burn


def spent(burn: float, seconds: float, period: float = PERIOD) -> float:
    """Give the share of the budget that is spent; 1 is all of it.

    Args:
        burn: The burn rate.
        seconds: How long it went on.
        period: Over which the objective is judged, in seconds.
    """
    return burn * seconds / period
