# ruff: noqa: T201 # it reports to a person
"""Time each version once, the old one first."""

from collections.abc import Callable
from timeit import timeit

from snippets.observability.measure_before_optimising.dates import (
    read_dates,
)


def compare(
    old: Callable[[], object], new: Callable[[], object]
) -> None:
    """Say how many times as fast the new version is."""
    before = timeit(old, number=1)
    after = timeit(new, number=1)
    print(f"The new version is ≈ {before / after:.1f}× as fast.")


def main() -> None:
    """Compare a function with itself."""
    compare(old=read_dates, new=read_dates)


if __name__ == "__main__":
    main()
