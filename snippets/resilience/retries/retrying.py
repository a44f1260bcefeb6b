"""A request is sent again, if that can help and is safe."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias

import httpx

from snippets.resilience.retries.backoff import (
    CAP,
    full_jitter,
    retry_after,
)
from snippets.resilience.retries.budget import Budget

Attempt: TypeAlias = Callable[
    [httpx.AsyncClient, httpx.Request], Awaitable[httpx.Response]
]
TRIES = 3
IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}
BUSY = {429, 502, 503, 504}
LIMIT = 2.0  # seconds for each try
OURS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


def may_help(error: httpx.HTTPError) -> bool:
    """Say whether the same request may succeed later, and do no harm."""
    if isinstance(error, httpx.HTTPStatusError):
        passes = error.response.status_code in BUSY
    else:
        passes = isinstance(error, httpx.TransportError)
        passes = passes and not isinstance(error, OURS)
    return passes and (
        error.request.method in IDEMPOTENT
        or "idempotency-key" in error.request.headers
    )


def pause_after(error: httpx.HTTPError, failed: int) -> float:
    """Give the seconds to wait: what the server asks, and jitter."""
    asked = 0.0
    if isinstance(error, httpx.HTTPStatusError):
        value = error.response.headers.get("Retry-After", "")
        asked = retry_after(value, datetime.now(UTC))
    return asked + full_jitter(failed)


async def attempt(
    client: httpx.AsyncClient, request: httpx.Request
) -> httpx.Response:
    """Send a request once, and wait for so long in all.

    Raises:
        HTTPError: It failed, or there was no whole answer in time.
    """
    try:
        async with asyncio.timeout(LIMIT):
            answer = await client.send(request)
    except TimeoutError as error:
        text = "no whole answer in time"
        raise httpx.ReadTimeout(text, request=request) from error
    return answer.raise_for_status()


async def send(
    client: httpx.AsyncClient,
    request: httpx.Request,
    budget: Budget,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    attempt: Attempt = attempt,
) -> httpx.Response:
    """Send a request, up to three times.

    Args:
        client: Who sends it.
        request: What is sent.
        budget: What all calls of this service share.
        sleep: How to wait some seconds.
        attempt: How to send it once.

    Raises:
        HTTPError: The last try failed.
    """
    budget.earn()
    failed = 0
    while True:
        try:
            return await attempt(client, request)
        except httpx.HTTPError as error:
            failed += 1
            pause = pause_after(error, failed)
            if (
                failed == TRIES
                or pause > CAP
                or not may_help(error)
                or not budget.spend()
            ):
                raise
        await sleep(pause)
