# ruff: noqa: F821, ANN401 # names that nobody imported are the harm
# mypy: disable-error-code="name-defined"
"""A common first draft of a circuit breaker with a fallback."""

from typing import Any

from circuitbreaker import circuit


@circuit(failure_threshold=5, recovery_timeout=30)
def call_external_service(user_id: str) -> Any:
    """Ask for a user."""
    response = requests.get(
        f"https://api.example.com/users/{user_id}", timeout=5
    )
    response.raise_for_status()
    return response.json()


def get_user_with_fallback(user_id: str) -> Any:
    """Ask for a user, or take what is cached."""
    try:
        return call_external_service(user_id)
    except CircuitBreakerError:
        return get_cached_user(user_id) or {"id": user_id}
