"""What cannot be finished in time waits its turn."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

EXEMPT = frozenset({"/health", "/ready", "/metrics"})


class ConcurrencyLimit:
    """Let so many requests in at a time, and the others wait."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.places = asyncio.Semaphore(limit)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle one request, when it is its turn."""
        if scope["type"] != "http" or scope["path"] in EXEMPT:
            return await self.app(scope, receive, send)
        async with self.places:
            return await self.app(scope, receive, send)
