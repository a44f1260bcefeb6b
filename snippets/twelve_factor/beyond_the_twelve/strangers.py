"""Ask a service, as a stranger, for everything it offers."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import httpx

PUBLIC = {"/health"}
REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def open_doors(stranger: httpx.Client) -> Iterator[str]:
    """List the operations that do not refuse a stranger.

    It asks for each, to delete things too: give it a test system.

    Args:
        stranger: A client without credentials.
    """
    described = stranger.get("/openapi.json").raise_for_status().json()
    for path, operations in described["paths"].items():
        for method in operations:
            place = re.sub(r"\{.*?\}", "0", path)
            answer = stranger.request(method, place)
            if path not in PUBLIC and answer.status_code not in REFUSED:
                name = f"{method.upper()} {path}"
                yield f"{name} answers {answer.status_code}"
