"""Every request is counted and timed, under labels that stay few."""

from time import perf_counter

from prometheus_client import (
    Counter,
    Histogram,
    disable_created_metrics,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from snippets.observability.correlation.exemplars import exemplar

REQUESTS = Counter(
    "http_requests_total",
    "Requests answered.",
    ["method", "endpoint", "status"],
)
LATENCY = Histogram(
    "http_request_duration_seconds",
    "Time from a request to the end of its answer.",
    ["method", "endpoint"],
    buckets=[0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0],
)
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


class RequestMetrics:
    """Count and time every request, those that crash included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        disable_created_metrics()  # they would double the counters

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] == "/metrics":
            return await self.app(scope, receive, send)
        status = 500  # what the server answers if the app does not
        start, end = perf_counter(), 0.0

        async def watch(message: Message) -> None:
            nonlocal status, end
            status = message.get("status", status)
            await send(message)
            if not message.get("more_body", "body" not in message):
                end = perf_counter()  # before any background task

        try:
            await self.app(scope, receive, watch)
        finally:
            duration = (end or perf_counter()) - start
            method, endpoint = labels(scope)
            REQUESTS.labels(method, endpoint, 500)  # begins at 0
            REQUESTS.labels(method, endpoint, status).inc(
                exemplar=exemplar()
            )
            LATENCY.labels(method, endpoint).observe(
                duration, exemplar()
            )


def labels(scope: Scope) -> tuple[str, str]:
    """Give the method and the route's template: few values, all ours.

    Args:
        scope: The request's, after a route was chosen.
    """
    method = scope["method"] if scope["method"] in METHODS else "_OTHER"
    known = scope.get("fastapi", {}).get("effective_route_context")
    if not (route := known or scope.get("route")):
        return method, "unmatched"
    return method, scope.get("root_path", "") + route.path
