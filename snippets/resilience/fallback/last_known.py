"""Answer with the last known copy, and say that it is one."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx
from circuitbreaker import CircuitBreakerError
from prometheus_client import Counter
from redis import Redis, RedisError

from snippets.resilience.circuit_breaker.users import (
    fetch_user,
    is_outage,
)
from snippets.resilience.structured_errors.domain import (
    DomainError,
    UserNotFoundError,
)

KEY = "users:{}"  # and nobody else's
KEPT = 24 * 60 * 60  # seconds: the oldest answer we defend
ANSWERS = Counter("user_answers_total", "Users answered.", ["quality"])
for each in ("fresh", "fallback"):
    ANSWERS.labels(each)  # begins at 0


class UsersUnavailableError(DomainError):
    """The service is out, and no copy is left."""

    code = "users-unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "User {user_id} cannot be read now."


def read_user(user_id: str, cache: Redis) -> dict[str, Any]:
    """Read a user, or the last known copy while the service is out.

    Args:
        user_id: Whom.
        cache: Where copies are; losing them loses no truth.

    Returns:
        The user, the quality of the answer, and when it came.

    Raises:
        UserNotFoundError: There is no such user.
        UsersUnavailableError: The service is out, and no copy is left.
    """
    key = KEY.format(user_id)
    try:
        user = fetch_user(user_id)
    except (CircuitBreakerError, httpx.HTTPError) as error:
        if is_gone(error):
            with suppress(RedisError):
                cache.delete(key)  # or an outage brings it back
            raise UserNotFoundError({"user_id": user_id}) from error
        if isinstance(error, CircuitBreakerError) or is_outage(
            type(error), error
        ):
            return last_known(user_id, cache)
        raise  # our own fault: no copy may hide it
    answer = {"user": user, "as_of": datetime.now(UTC).isoformat()}
    with suppress(RedisError):  # the answer does not need its copy
        cache.set(key, json.dumps(answer), ex=KEPT)
    ANSWERS.labels("fresh").inc()
    return {**answer, "quality": "fresh"}


def is_gone(error: Exception) -> bool:
    """Say whether the service knows that there is no such user."""
    return (
        isinstance(error, httpx.HTTPStatusError)
        and error.response.status_code == HTTPStatus.NOT_FOUND
    )


def last_known(user_id: str, cache: Redis) -> dict[str, Any]:
    """Give the copy that was made of the last answer.

    Raises:
        UsersUnavailableError: There is none.
    """
    kept = None
    with suppress(RedisError):
        kept = cache.get(KEY.format(user_id))
    if not isinstance(kept, str | bytes):
        raise UsersUnavailableError({"user_id": user_id})
    ANSWERS.labels("fallback").inc()
    return {**json.loads(kept), "quality": "fallback"}
