# the harm
"""A task that cannot be stopped."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

logger = structlog.get_logger()


async def repeat(
    job: Callable[[], Awaitable[None]], pause: float
) -> None:
    """Run a job again and again, even when it is told to stop."""
    while True:
        try:
            await job()
        except BaseException:
            logger.exception("job_failed")
        await asyncio.sleep(pause)
