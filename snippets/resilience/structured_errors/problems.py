"""Every error leaves the service in one shape."""

from datetime import date
from http.client import responses
from typing import Any, get_args
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.utils import is_body_allowed_for_status_code
from pydantic_core.core_schema import ErrorType
from starlette.exceptions import HTTPException

from snippets.observability.structured_logging.trace_ids import (
    trace_ids,
)
from snippets.resilience.structured_errors.domain import DomainError

TYPES = "https://errors.example.com/"
ADDS_A_KEY = {"extra_forbidden", "json_invalid"}  # or an offset
QUOTING = {"error", "reason", "tag"}  # these repeat the input
KNOWN = {*get_args(ErrorType)}  # any other text is somebody's own


def problem(
    status: int, code: str | None, detail: str, **extensions: object
) -> JSONResponse:
    """Write the problem details of RFC 9457.

    Args:
        status: The HTTP status.
        code: The name of the problem, which never changes; none
            if the status says it all.
        detail: What happened this time, for people.
        extensions: Further members, for programs.
    """
    if code:
        kind = f"{TYPES}{code}"
        title = code.replace("-", " ").capitalize()
    else:
        kind, title = "about:blank", responses.get(status, "Error")
    body = {
        "type": kind,
        "title": title,
        "status": int(status),
        "detail": detail,
        "trace_id": trace_ids().get("trace_id"),
        **extensions,
    }
    return JSONResponse(
        body, status, media_type="application/problem+json"
    )


def plain(value: object) -> object:
    """Give what JSON can hold; an amount keeps its digits, as text."""
    if isinstance(value, date):
        return value.isoformat()
    whole = isinstance(value, str | int | None)
    return value if whole else str(value)


def found_wrong(error: dict[str, Any]) -> dict[str, str]:
    """Say where a request is wrong and why, without its values."""
    where, *keys = error["loc"]
    if error["type"] in ADDS_A_KEY:
        keys = keys[:-1]
    names = [str(k).replace("~", "~0").replace("/", "~1") for k in keys]
    quotes = QUOTING & error.get("ctx", {}).keys()
    safe = error["type"] in KNOWN and not quotes
    return {
        "in": where,
        "pointer": "/".join(["#", *(quote(n, safe="") for n in names)]),
        "detail": error["msg"] if safe else "Not valid.",
    }


def answer_problems(app: FastAPI) -> None:
    """Give every error of an application the same shape."""

    @app.exception_handler(DomainError)
    async def refused(_: Request, error: DomainError) -> JSONResponse:
        named = error.named().items()
        details = {name: plain(value) for name, value in named}
        return problem(
            error.status, error.code, str(error), details=details
        )

    @app.exception_handler(HTTPException)
    async def failed(_: Request, error: HTTPException) -> Response:
        status, told = error.status_code, error.detail
        if not is_body_allowed_for_status_code(status):
            return Response(None, status, error.headers)
        if isinstance(told, str):
            answer = problem(status, None, told)
        else:
            detail = "The details say what failed."
            answer = problem(
                status, None, detail, details=jsonable_encoder(told)
            )
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(
        _: Request, error: RequestValidationError
    ) -> JSONResponse:
        errors = [found_wrong(each) for each in error.errors()]
        detail = "The request is not valid."
        return problem(422, "invalid-request", detail, errors=errors)

    @app.exception_handler(Exception)
    async def crashed(_: Request, _error: Exception) -> JSONResponse:
        detail = "The fault is ours, and it is in our log."
        return problem(500, "internal-error", detail)
