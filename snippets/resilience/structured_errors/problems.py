"""Every error leaves the service in one shape."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from snippets.observability.structured_logging.trace_ids import (
    trace_ids,
)
from snippets.resilience.structured_errors.domain import DomainError

TYPES = "https://errors.example.com/"


def problem(
    status: int, code: str, detail: str, **extensions: object
) -> JSONResponse:
    """Write the problem details of RFC 9457.

    Args:
        status: The HTTP status.
        code: The name of the problem, which never changes.
        detail: What happened this time, for people.
        extensions: Further members, for programs.
    """
    body = {
        "type": f"{TYPES}{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": int(status),
        "detail": detail,
        "trace_id": trace_ids().get("trace_id"),
        **extensions,
    }
    return JSONResponse(
        jsonable_encoder(body),
        status,
        media_type="application/problem+json",
    )


def answer_problems(app: FastAPI) -> None:
    """Give every error of an application the same shape."""

    @app.exception_handler(DomainError)
    async def refused(_: Request, error: DomainError) -> JSONResponse:
        return problem(
            error.status, error.code, str(error), details=error.details
        )

    @app.exception_handler(HTTPException)
    async def failed(_: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        answer = problem(status, code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(
        _: Request, error: RequestValidationError
    ) -> JSONResponse:
        errors = [  # where and why, and nothing of what was sent
            {
                "pointer": "/".join(["#", *map(str, found["loc"][1:])]),
                "detail": found["msg"],
            }
            for found in error.errors()
        ]
        detail = "The request is not valid."
        return problem(422, "invalid-request", detail, errors=errors)

    @app.exception_handler(Exception)
    async def crashed(_: Request, _error: Exception) -> JSONResponse:
        detail = "The fault is ours, and it is in our log."
        return problem(500, "internal-error", detail)
