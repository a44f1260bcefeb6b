# ruff: noqa: T201 # the harm
"""Work that prints what it has done."""

from collections.abc import Callable, Iterable


def work(jobs: Iterable[Callable[[], None]]) -> None:
    """Do jobs, and print each when it is done."""
    for number, job in enumerate(jobs):
        job()
        print(f"job {number} done")
