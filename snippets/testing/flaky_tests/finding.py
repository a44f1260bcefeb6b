# ruff: noqa: S311 # an order is no secret
"""Find out which test another one fails after."""

from collections.abc import Callable, Sequence
from random import Random

Run = Callable[[Sequence[str]], set[str]]


def failing_orders(
    run: Run, tests: Sequence[str], times: int
) -> list[tuple[list[str], set[str]]]:
    """Run a suite in random orders.

    Args:
        run: Runs tests in this order in a process of their own, and
            gives those that fail.
        tests: All of them.
        times: How many orders; the seeds are 0, 1, 2, and so on.

    Returns:
        Each order in which something failed, and what.
    """
    found = []
    for seed in range(times):
        order = Random(seed).sample(tests, len(tests))
        if failed := run(order):
            found.append((order, failed))
    return found


def polluter(run: Run, order: Sequence[str], victim: str) -> str | None:
    """Halve what ran before a test until one is left that breaks it.

    Returns:
        The test after which it fails; nothing if it fails alone, or
        only after several of them.
    """
    before = list(order[: order.index(victim)])
    if victim in run([victim]):
        return None
    while len(before) > 1:
        half = len(before) // 2
        for part in (before[:half], before[half:]):
            if victim in run([*part, victim]):
                before = part
                break
        else:
            return None
    return before[0] if before else None
