"""A task that goes on when it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

logger = structlog.get_logger()


async def repeat(
    job: Callable[[], Awaitable[None]], pause: float
) -> None:
    """Run a job again and again, whatever goes wrong in it.

    Args:
        job: What to run.
        pause: Seconds between two runs.
    """
    while True:
        try:
            await job()
        except BaseException:
            logger.exception("job_failed")
        await asyncio.sleep(pause)
