"""Whoever calls is known by a token, or refused."""

from collections.abc import Mapping

from fastapi import Request
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from snippets.resilience.structured_errors.problems import problem
from snippets.twelve_factor.beyond_the_twelve.guarded import (
    CHALLENGE,
    is_known,
)

PUBLIC = {
    ("GET", path)
    for path in ("/health", "/ready", "/metrics", "/openapi.json")
}


class Guard:
    """Stand before all routes, and name who is calling.

    Args:
        app: What is guarded, with whatever is added to it.
        clients: The name of each token.
    """

    def __init__(
        self, app: ASGIApp, clients: Mapping[str, str]
    ) -> None:
        self.app = app
        self.clients = clients

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass a request on, or answer 401."""
        place = (scope.get("method"), scope.get("path"))
        if scope["type"] == "lifespan" or place in PUBLIC:
            await self.app(scope, receive, send)
        elif name := self.name(HTTPConnection(scope)):
            scope.setdefault("state", {})["client"] = name
            await self.app(scope, receive, send)
        else:
            refusal = problem(401, None, "Send a token that is known.")
            refusal.headers.update(CHALLENGE)
            await refusal(scope, receive, send)

    def name(self, connection: HTTPConnection) -> str | None:
        """Name the client whose token a request has."""
        known = self.clients.items()
        names = (n for token, n in known if is_known(connection, token))
        return next(names, None)


def client_of(request: Request) -> str:
    """Give the client that the guard has let in."""
    return str(request.state.client)
