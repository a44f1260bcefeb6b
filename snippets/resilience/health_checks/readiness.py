"""Readiness: whether this instance can serve."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import TypeAlias

import structlog
from fastapi import Response

Check: TypeAlias = Callable[[], Awaitable[None]]
LIMIT = 0.5  # seconds for a look; the probe gives up after one
KEEP = 1.0  # seconds that a look is good for

logger = structlog.get_logger()


class Readiness:
    """Whether this instance has what it needs, of its own, to serve.

    Args:
        checks: By name. Each raises if something is missing.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._looking = asyncio.Lock()
        self._ready, self._looked = False, float("-inf")

    async def answer(self) -> Response:
        """Answer 200 or 503, and say to nobody why."""
        async with self._looking:  # who comes meanwhile shares the look
            ready = await self._look()
        return Response(status_code=200 if ready else 503)

    async def _look(self) -> bool:
        if monotonic() - self._looked >= KEEP:
            looks = [passes(*each) for each in self._checks.items()]
            self._ready = all(await asyncio.gather(*looks))
            self._looked = monotonic()
        return self._ready


async def passes(name: str, check: Check) -> bool:
    """Say whether a check passes in time, and log why it does not."""
    try:
        async with asyncio.timeout(LIMIT):
            await check()
    except Exception:
        logger.warning("not_ready", check=name, exc_info=True)
        return False
    return True
