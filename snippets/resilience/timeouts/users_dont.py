# the harm
"""Two calls that may never end."""

from typing import Any

import httpx

LIMIT = 2.0  # seconds


async def fetch_without_limit(
    users: httpx.AsyncClient, user_id: str
) -> dict[str, Any]:
    """Ask for a user, and wait for as long as it takes."""
    answer = await users.get(f"/users/{user_id}", timeout=None)
    return dict(answer.raise_for_status().json())


async def fetch_by_read_limit(
    users: httpx.AsyncClient, user_id: str
) -> dict[str, Any]:
    """Ask for a user, and believe that two seconds are enough."""
    answer = await users.get(f"/users/{user_id}", timeout=LIMIT)
    return dict(answer.raise_for_status().json())
