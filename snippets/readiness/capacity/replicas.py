"""How many replicas a peak needs."""

from math import ceil

SHARE = 0.7  # of the rate at which the objective breaks


def replicas(peak: float, breaks_at: float, lost: int = 1) -> int:
    """Give how many to run, so that some may be lost at the peak.

    Args:
        peak: Requests a second, in the busiest minute expected.
        breaks_at: Requests a second at which one replica, measured
            alone, breaks the objective.
        lost: How many may be gone at once.
    """
    return ceil(peak / (breaks_at * SHARE)) + lost


def in_zones(peak: float, breaks_at: float, zones: int) -> int:
    """Give how many to run, so that a whole zone may be lost.

    Args:
        peak: As above.
        breaks_at: As above.
        zones: Two or more, with as many replicas in each.
    """
    each = ceil(replicas(peak, breaks_at, lost=0) / (zones - 1))
    return each * zones
