"""How many replicas a peak needs, and not one more."""

from math import ceil

from snippets.readiness.capacity.replicas import SHARE


def replicas(peak: float, breaks_at: float, lost: int = 0) -> int:
    """Give how many to run, so that some may be lost at the peak.

    Args:
        peak: Requests a second, in the busiest minute expected.
        breaks_at: Requests a second at which one replica, measured
            alone, breaks the objective.
        lost: How many may be gone at once.
    """
    return ceil(peak / (breaks_at * SHARE)) + lost
