"""A loop that is right, and stands in every service."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from snippets.resilience.retries.backoff import full_jitter

TRIES = 3


async def get(
    client: httpx.AsyncClient,
    url: str,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> httpx.Response:
    """Ask another service, up to three times, with full jitter."""
    for failed in range(1, TRIES):
        try:
            return (await client.get(url)).raise_for_status()
        except httpx.HTTPError:
            await sleep(full_jitter(failed))
    return (await client.get(url)).raise_for_status()
