"""How many replicas a peak needs, in better words."""

from snippets.readiness.capacity.replicas import SHARE


def replicas(peak_rate: float, knee: float, spare: int = 1) -> int:
    """Give how many to run, so that some may be lost at the peak.

    Args:
        peak_rate: Requests a second, in the busiest minute expected.
        knee: Requests a second at which one replica, measured
            alone, breaks the objective.
        spare: How many may be gone at once.
    """
    planned = knee * SHARE
    return round(peak_rate / planned) + spare
