"""A fallback that looks like the truth."""

from typing import Any

import httpx
from circuitbreaker import CircuitBreakerError

from snippets.resilience.circuit_breaker.users import fetch_user

copies: dict[str, dict[str, Any]] = {}


def get_user_with_fallback(user_id: str) -> dict[str, Any]:
    """Read a user, whatever happens."""
    try:
        copies[user_id] = fetch_user(user_id)
    except (CircuitBreakerError, httpx.HTTPError):
        return copies.get(user_id) or {"id": user_id}
    return copies[user_id]
