# ruff: noqa: S101 # a test asserts
"""What holds for every bill, and for every number of people."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis.strategies import integers

Split = Callable[[int, int], list[int]]
BILLS = integers(min_value=0, max_value=10_000_000)  # cents
PEOPLE = integers(min_value=1, max_value=100)


@settings(derandomize=True, deadline=None)  # a gate is not chance
@given(cents=BILLS, people=PEOPLE)
def nothing_is_lost(split: Split, cents: int, people: int) -> None:
    """The shares are the bill, and nobody pays a cent more than another."""
    shares = split(cents, people)
    assert sum(shares) == cents
    assert len(shares) == people
    assert max(shares) - min(shares) <= 1


def examples(split: Split) -> None:
    """Three bills that somebody thought of."""
    assert split(9000, 3) == [3000, 3000, 3000]
    assert split(10_000, 4) == [2500] * 4
    assert split(0, 2) == [0, 0]
