"""A service in trouble is left alone for a while."""

import os
from typing import Any

import httpx
from circuitbreaker import circuit

users = httpx.Client(timeout=2)
OURS = (  # no answer, and the service has no part in it
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
)


def is_outage(_kind: type[BaseException], error: BaseException) -> bool:
    """Say whether the service is in trouble, and not the request.

    Args:
        error: What a call of it raised.
    """
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    no_answer = isinstance(error, httpx.TransportError)
    return no_answer and not isinstance(error, OURS)


@circuit(
    failure_threshold=5,
    recovery_timeout=30,
    expected_exception=is_outage,
    name="users",
)
def fetch_user(user_id: str) -> dict[str, Any]:
    """Ask for a user, unless the last five calls have failed.

    Raises:
        CircuitBreakerError: They have, less than 30 seconds ago.
        HTTPError: This call failed.
    """
    answer = users.get(f"{os.environ['USERS']}/users/{user_id}")
    return dict(answer.raise_for_status().json())
