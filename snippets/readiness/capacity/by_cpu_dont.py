"""Capacity from CPU."""

from math import ceil


def desired(running: int, cpu: float, target: float = 0.7) -> int:
    """Give how many replicas to run, as an autoscaler on CPU does."""
    return ceil(running * cpu / target)
