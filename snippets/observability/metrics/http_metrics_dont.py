"""Count requests by path and by customer."""

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

LABELS = ["method", "path", "user_id"]
REQUESTS = Counter("http_requests_total", "Requests.", LABELS)
LATENCY = Histogram("http_request_duration_seconds", "Time.", LABELS)


class RequestMetrics:
    """Count each request under what its caller sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle one request."""
        user_id = dict(scope["headers"]).get(b"x-user-id", b"").decode()
        values = scope["method"], scope["path"], user_id
        REQUESTS.labels(*values).inc()
        with LATENCY.labels(*values).time():
            await self.app(scope, receive, send)
