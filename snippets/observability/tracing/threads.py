"""Work in a thread belongs to the trace that asked for it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from typing import TypeVar

Result = TypeVar("Result")


def submit(
    pool: Executor, task: Callable[[str], Result], argument: str
) -> Future[Result]:
    """Run a task in a thread, in the context of the caller.

    Args:
        pool: Of threads; another process has no context to share.
        task: What to run.
        argument: What to run it with.
    """
    return pool.submit(copy_context().run, task, argument)
