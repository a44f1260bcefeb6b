"""Ask a service, as a stranger, for everything it offers."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from snippets.twelve_factor.beyond_the_twelve.guarded import PUBLIC

REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
OF_FASTAPI = (  # these it does not describe
    "/openapi.json",
    "/docs",
    "/docs/oauth2-redirect",
    "/redoc",
)


def open_doors(
    stranger: httpx.Client, described: Mapping[str, Any]
) -> Iterator[str]:
    """List the operations that do not refuse a stranger.

    It asks for each, to delete things too: give it a test system.

    Args:
        stranger: A client without credentials.
        described: The service's OpenAPI document.

    Yields:
        One line for each. A 404 is no refusal: who is told what there
        is not was let in.
    """
    doors = [("GET", path) for path in OF_FASTAPI]
    for path, operations in described["paths"].items():
        doors += [(method.upper(), path) for method in operations]
    for method, path in doors:
        place = re.sub(r"\{.*?\}", "0", path)
        status = stranger.request(method, place).status_code
        if (method, path) not in PUBLIC and status not in REFUSED:
            yield f"{method} {path} answers {status}"
