"""Load that arrives whether or not the last request was answered."""

import asyncio
import math
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple

import httpx


class Load(NamedTuple):
    """What became of the requests.

    Attributes:
        latencies: Seconds from when each was due until its answer;
            infinite for one that failed.
        late: Seconds by which one was sent too late, at most. If
            this is not small, you have measured your own machine.
    """

    latencies: list[float]
    late: float


def arrivals(rate: float, count: int, chance: Random) -> list[float]:
    """Draw when requests are due, as many independent users send them.

    Args:
        rate: Requests a second, in the mean.
        count: How many.
        chance: Seeded, to draw the same again.
    """
    gaps = (chance.expovariate(rate) for _ in range(count))
    return list(accumulate(gaps))


async def offer(
    url: str, due: Sequence[float], patience: float = 10.0
) -> Load:
    """Send each request when it is due.

    Args:
        url: What to get.
        due: Seconds from now, ascending.
        patience: Seconds until a caller gives up.
    """
    loop, late = asyncio.get_running_loop(), 0.0

    async def send(at: float) -> float:
        try:
            async with asyncio.timeout_at(at + patience):
                (await client.get(url)).raise_for_status()
        except (httpx.HTTPError, TimeoutError):
            return math.inf
        return loop.time() - at

    unlimited = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        limits=unlimited, timeout=patience
    ) as client:
        begun, tasks = loop.time(), []
        for at in (begun + each for each in due):
            await asyncio.sleep(at - loop.time())
            late = max(late, loop.time() - at)
            tasks.append(asyncio.create_task(send(at)))
        return Load(await asyncio.gather(*tasks), late)


def percentile(latencies: Sequence[float], share: float) -> float:
    """Give the value that a share of them does not exceed."""
    return sorted(latencies)[math.ceil(share * len(latencies)) - 1]
