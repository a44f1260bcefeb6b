"""Every line of a request carries its identity, and no other's."""

from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from snippets.observability.structured_logging.trace_ids import (
    trace_ids,
)


class RequestContext:
    """Clear before each request, then bind its identity.

    Nothing is cleared afterwards: the server logs an uncaught
    exception when this has returned, and that line needs it too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle one request or WebSocket."""
        if scope["type"] != "lifespan":
            clear_contextvars()
            bind_contextvars(request_id=str(uuid4()), **trace_ids())
        await self.app(scope, receive, send)
