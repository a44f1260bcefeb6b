"""What a consumer needs of a provider, in a file that both test."""

from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import JSONResponse


def stand_in(contract: dict[str, Any]) -> FastAPI:
    """Make a provider that answers as the contract says, for the consumer."""
    app = FastAPI()
    response = contract["response"]
    content, status = response["body"], response["status"]

    @app.api_route(
        contract["request"]["path"],
        methods=[contract["request"]["method"]],
    )
    def answer() -> JSONResponse:
        return JSONResponse(content, status)

    return app


def broken(
    contract: dict[str, Any], provider: httpx.Client
) -> list[str]:
    """Ask a provider, and say what a consumer would miss.

    Args:
        contract: What is asked, and the least that is answered.
        provider: In the state that the contract names.

    Returns:
        A line for each fault; more than is asked for is none.
    """
    request, wanted = contract["request"], contract["response"]
    answer = provider.request(request["method"], request["path"])
    if answer.status_code != wanted["status"]:
        return [f"status {answer.status_code}, not {wanted['status']}"]
    return [*missing(wanted["body"], answer.json(), "body")]


def missing(wanted: object, found: object, where: str) -> list[str]:
    """Compare what is wanted with what was found, at any depth."""
    if not isinstance(wanted, dict) or not isinstance(found, dict):
        return [] if wanted == found else [f"{where} is {found!r}"]
    faults = []
    for key, value in wanted.items():
        place = f"{where}.{key}"
        if key in found:
            faults += missing(value, found[key], place)
        else:
            faults.append(f"{place} is missing")
    return faults
