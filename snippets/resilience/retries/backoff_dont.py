"""A pause that is the same for everybody."""

BASE = 0.5  # seconds
CAP = 10.0  # seconds


def exponential(failed: int) -> float:
    """Double the pause with each failure."""
    return min(CAP, BASE * 2.0 ** (failed - 1))
