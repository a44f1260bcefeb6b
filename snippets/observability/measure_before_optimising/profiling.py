"""Where a call spends its time, and what a change there can give."""

from collections.abc import Callable
from cProfile import Profile


def ceiling(share: float) -> float:
    """Say how many times as fast the whole is without this part.

    Args:
        share: The part's share of the time, from 0 to below 1.
    """
    return 1 / (1 - share)


def profile(call: Callable[[], object], top: int = 3) -> str:
    """List the functions whose own code takes most of the time.

    Args:
        call: What is slow, with real data; it runs ten times.
        top: How many functions to list.
    """
    profiler = Profile()
    for _ in range(10):
        profiler.runcall(call)
    entries = profiler.getstats()
    entries.sort(key=lambda entry: entry.inlinetime, reverse=True)
    total = sum(entry.inlinetime for entry in entries)
    rows = []
    for entry in entries[:top]:
        name = getattr(entry.code, "co_qualname", entry.code)
        share = entry.inlinetime / total
        most = f"at most ≈ {ceiling(share):.2f}×"
        rows.append(f"{name:<33} ≈ {share:.1%}, {most}")
    return "\n".join(rows)
