"""A call that ends, whatever the other side does."""

import asyncio
from typing import Any

import httpx

LIMIT = 2.0  # seconds: a little above the P99.9 of the service


def users_client(address: str) -> httpx.AsyncClient:
    """Make a client that gives up on a dead host sooner.

    Args:
        address: Where the service is.
    """
    limits = httpx.Timeout(LIMIT, connect=0.5)
    return httpx.AsyncClient(base_url=address, timeout=limits)


async def fetch_user(
    users: httpx.AsyncClient, user_id: str
) -> dict[str, Any]:
    """Ask for a user, and wait for `LIMIT` seconds in all.

    Raises:
        TimeoutError: The whole answer was not there by then.
        HTTPError: The call failed.
    """
    async with asyncio.timeout(LIMIT):
        answer = await users.get(f"/users/{user_id}")
    return process_data(answer.raise_for_status().json())


def process_data(data: dict[str, Any]) -> dict[str, Any]:
    """Process the data."""
    return {"id": data["id"], "name": data["profile"]["name"]}
