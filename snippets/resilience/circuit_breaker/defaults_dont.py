"""A circuit that counts every exception as an outage."""

import os
from typing import Any

import httpx
from circuitbreaker import circuit

users = httpx.Client(timeout=2)


@circuit(failure_threshold=5, recovery_timeout=30)
def fetch_user(user_id: str) -> dict[str, Any]:
    """Ask for a user, who may not exist."""
    answer = users.get(f"{os.environ['USERS']}/users/{user_id}")
    return dict(answer.raise_for_status().json())
