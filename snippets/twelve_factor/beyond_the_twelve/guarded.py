"""Whatever is added to this service asks who is calling."""

from secrets import compare_digest

from fastapi import FastAPI, Response
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

PUBLIC = {("GET", "/health")}
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def is_known(connection: HTTPConnection, token: str) -> bool:
    """Say whether a request has the token."""
    header = connection.headers.get("Authorization", "")
    scheme, _, sent = header.partition(" ")
    same = compare_digest(sent.encode(), token.encode())
    return same and scheme.lower() == "bearer"


class Guard:
    """Stand before all routes, and let strangers to the public ones.

    Args:
        app: What is guarded, with whatever is added to it.
        token: What a caller must send.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self.token = token

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass a request on, or answer 401."""
        place = (scope.get("method"), scope.get("path"))
        if (
            scope["type"] == "lifespan"
            or place in PUBLIC
            or is_known(HTTPConnection(scope), self.token)
        ):
            await self.app(scope, receive, send)
        else:
            refusal = Response(status_code=401, headers=CHALLENGE)
            await refusal(scope, receive, send)


def shop(token: str) -> FastAPI:
    """Make the application: it is given its token, so it has one.

    Raises:
        ValueError: The token is empty, as a stranger's is.
    """
    if not token:
        message = "no token"
        raise ValueError(message)
    app = FastAPI(middleware=[Middleware(Guard, token=token)])

    @app.get("/health")
    def read_health() -> str:
        return "ok"

    @app.delete("/orders/{order_id}")
    def delete_order(order_id: str) -> str:
        return f"{order_id} deleted"

    return app
