"""Tidy up after each request."""

from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import clear_contextvars


class RequestContext:
    """Clear when a request is done."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle one request or WebSocket."""
        try:
            await self.app(scope, receive, send)
        finally:
            clear_contextvars()
