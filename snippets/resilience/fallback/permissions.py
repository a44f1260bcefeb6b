"""Ask whether somebody may, and refuse when nobody can say."""

import os
from http import HTTPStatus

import httpx

from snippets.resilience.structured_errors.domain import DomainError

permissions = httpx.Client(timeout=2)


class ForbiddenError(DomainError):
    """They may not."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN
    message = "User {user_id} may not {action}."


class PermissionUnknownError(DomainError):
    """Nobody can say whether they may."""

    code = "permission-unknown"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "Whether {user_id} may {action} cannot be told now."


def require(user_id: str, action: str) -> None:
    """Return only if a user may do something.

    Raises:
        ForbiddenError: The user may not.
        PermissionUnknownError: No answer can be had.
    """
    asked = {"user_id": user_id, "action": action}
    try:
        answer = permissions.get(
            f"{os.environ['PERMISSIONS']}/permissions", params=asked
        ).raise_for_status()
        allowed = answer.json()["allowed"]
    except (httpx.HTTPError, ValueError, LookupError) as error:
        raise PermissionUnknownError(asked) from error
    if allowed is not True:
        raise ForbiddenError(asked)
