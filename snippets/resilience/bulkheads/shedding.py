"""What cannot be finished in time is refused at once."""

from collections.abc import Set as AbstractSet

from prometheus_client import Counter
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

SHED = Counter(
    "http_requests_shed_total",
    "Requests refused because enough were in flight.",
)
EXEMPT = frozenset({"/health", "/ready", "/metrics"})


class LoadShedding:
    """Refuse requests while as many as can be finished are in flight.

    Args:
        app: What answers the others.
        limit: How many may be in flight.
        first: Paths that may use every place.
        kept: How many places are kept for those.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int,
        first: AbstractSet[str] = frozenset(),
        kept: int = 0,
    ) -> None:
        self.app = app
        self.limit = limit
        self.first = first
        self.kept = kept
        self.in_flight = 0

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle one request, or refuse it."""
        path = scope.get("path", "")
        path = path.removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or path in EXEMPT:
            return await self.app(scope, receive, send)
        kept = 0 if path in self.first else self.kept
        if self.in_flight >= self.limit - kept:
            SHED.inc()
            refusal = Response(None, 503, {"Retry-After": "1"})
            return await refusal(scope, receive, send)
        self.in_flight += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.in_flight -= 1
