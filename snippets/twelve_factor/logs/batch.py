"""Work that says what it has done as it does it."""

from collections.abc import Callable, Iterable

import structlog

log = structlog.get_logger()


def work(jobs: Iterable[Callable[[], None]]) -> None:
    """Do jobs, and log each when it is done."""
    for number, job in enumerate(jobs):
        job()
        log.info("job_done", number=number)
