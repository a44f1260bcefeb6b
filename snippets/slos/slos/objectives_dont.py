# ruff: noqa: PLR2004 # numbers, as they are promised
"""Promise three numbers."""

from collections.abc import Sequence
from statistics import quantiles


def kept(failed: int, seconds: Sequence[float]) -> dict[str, bool]:
    """Tell which objectives some requests kept.

    Args:
        failed: How many failed.
        seconds: How long each of them took.
    """
    errors = failed / len(seconds)
    p95 = quantiles(seconds, n=20)[-1]
    return {
        "availability 99.9 %": 1 - errors >= 0.999,
        "P95 below 200 ms": p95 < 0.2,
        "error rate below 0.1 %": errors < 0.001,
    }
