"""A call that relies on the limit of its client."""

from typing import Any

import httpx


async def fetch_user(
    users: httpx.AsyncClient, user_id: str
) -> dict[str, Any]:
    """Ask for a user; the client has a timeout.

    Raises:
        HTTPError: The call failed, or took too long.
    """
    answer = await users.get(f"/users/{user_id}")
    return dict(answer.raise_for_status().json())
