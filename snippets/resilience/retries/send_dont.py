"""A loop that retries whatever failed."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx


async def send(
    client: httpx.AsyncClient,
    request: httpx.Request,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> httpx.Response:
    """Send a request, up to three times, a second apart."""
    for _ in range(2):
        try:
            answer = await client.send(request)
            return answer.raise_for_status()
        except httpx.HTTPError:
            await sleep(1)
    return (await client.send(request)).raise_for_status()
