"""Work in a thread starts a trace of its own."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TypeVar

Result = TypeVar("Result")


def submit(
    pool: Executor, task: Callable[[str], Result], argument: str
) -> Future[Result]:
    """Run a task in a thread, in an empty context."""
    return pool.submit(task, argument)
