"""A common first draft of domain errors."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class DomainError(Exception):
    """A failure with a message, a code and details."""

    def __init__(
        self,
        message: str,
        code: str,
        details: dict[str, Any] | None = None,
    ) -> None:
        self.message = message
        self.code = code
        self.details = details or {}
        super().__init__(message)


class UserNotFoundError(DomainError):
    """Nobody has this ID."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            message=f"User {user_id} not found",
            code="USER_NOT_FOUND",
            details={"user_id": user_id},
        )


async def on_domain_error(
    _request: Request, error: DomainError
) -> JSONResponse:
    """Answer every one of them with 400."""
    return JSONResponse(
        status_code=400,
        content={
            "error": error.code,
            "message": error.message,
            "details": error.details,
        },
    )


def answer_domain_errors(app: FastAPI) -> None:
    """Give domain errors a shape; leave the others theirs."""
    app.exception_handler(DomainError)(on_domain_error)
