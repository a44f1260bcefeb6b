"""The reference service with one fault each: what the probe must find."""

from __future__ import annotations

import os
import sys
import traceback
from operator import itemgetter
from typing import TYPE_CHECKING

import structlog
from circuitbreaker import CircuitBreaker
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

from snippets.observability.metrics import http_metrics
from snippets.orders import __main__ as orders
from snippets.orders import app, clients, payments, placing
from snippets.resilience.graceful_shutdown.serving import Server
from snippets.resilience.health_checks.readiness import Readiness
from snippets.resilience.retries import backoff, retrying
from snippets.resilience.structured_errors import problems

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx
    from fastapi import FastAPI, Request, Response
    from starlette.requests import HTTPConnection

    from snippets.orders.models import Order
    from snippets.orders.settings import WebSettings
    from snippets.resilience.retries.budget import Budget

TRY = 0.5  # seconds: the reference service waits for longer, and is as good


def put(owner: object, name: str, value: object) -> None:
    """Put something else in the place of a name."""
    assert hasattr(owner, name), f"{owner} has no {name}: the fault would be none"
    setattr(owner, name, value)


def hurry() -> None:
    """Wait for less, so that the probe need not."""
    put(retrying, "LIMIT", TRY)
    put(payments, "LIMIT", TRY)


def changed(change: Callable[[FastAPI], object]) -> None:
    """Change the application after it was made."""
    service = app.service

    def make(settings: WebSettings) -> FastAPI:
        made = service(settings)
        change(made)
        return made

    put(orders, "service", make)


def always_ready() -> None:
    """Answer that it is ready, whatever is missing."""

    async def looked(_: Readiness) -> bool:
        return True

    put(Readiness, "_look", looked)


def ends_at_once() -> None:
    """End at SIGTERM, whoever waits."""
    put(Server, "handle_exit", lambda *_: os._exit(0))


def waits_for_ever() -> None:
    """Set no limit on the call, nor on the request."""
    put(retrying, "LIMIT", 1000)
    put(payments, "LIMIT", 1000)
    put(app, "LIMIT", 5000)


def tries_once() -> None:
    """Send nothing again."""
    put(retrying, "TRIES", 1)


def tries_at_once() -> None:
    """Send again without a pause."""
    put(backoff, "BASE", 0)


def tries_often() -> None:
    """Send again nine times."""
    put(retrying, "TRIES", 10)
    put(backoff, "BASE", 0.02)


def stumbles_over_a_retry() -> None:
    """Fail although the second try succeeds."""

    async def stumble(
        client: httpx.AsyncClient,
        request: httpx.Request,
        budget: Budget,
        pause: Callable[[float], Awaitable[None]],
        attempt: retrying.Attempt,
    ) -> httpx.Response:
        waited = []

        async def wait(seconds: float) -> None:
            waited.append(seconds)
            await pause(seconds)

        answer = await retrying.send(client, request, budget, wait, attempt)
        if waited:
            message = "two answers for one request"
            raise RuntimeError(message)
        return answer

    put(payments, "send", stumble)


def has_no_breaker() -> None:
    """Go on asking a provider that is out."""
    put(CircuitBreaker, "__call__", lambda _, function: function)


def has_no_fallback() -> None:
    """Fail with the provider."""
    put(placing, "is_trouble", lambda _: False)


def marks_nothing() -> None:
    """Say that it is paid, whether it is or not."""
    place = placing.Placing.place

    async def lie(*arguments: object) -> Order:
        order = await place(*arguments)  # type: ignore[arg-type] # as they came
        return order.model_copy(update={"payment": "charged"})

    put(placing.Placing, "place", lie)


def errors_of_the_framework() -> None:
    """Answer errors as the framework does."""
    put(app, "answer_problems", lambda _: None)


def prints() -> None:
    """Write a line that no program can read."""
    sys.stdout.write("Ready to go!\n")


def logs_tokens() -> None:
    """Log what a request was sent with."""
    name = clients.Guard.name

    def told(self: clients.Guard, connection: HTTPConnection) -> str | None:
        structlog.get_logger().info("asked", headers=str(connection.headers))
        return name(self, connection)

    put(clients.Guard, "name", told)


def has_no_metrics() -> None:
    """Forget the endpoint."""

    def drop(made: FastAPI) -> None:
        made.router.routes = [
            route
            for route in made.router.routes
            if getattr(route, "path", "") != "/metrics"
        ]

    changed(drop)


def labels_raw_paths() -> None:
    """Label with whatever was asked for."""
    raw = itemgetter("method", "path")
    put(http_metrics, "labels", raw)


def passes_no_trace_on() -> None:
    """Leave the client without its instruments."""
    put(HTTPXClientInstrumentor, "instrument", lambda *_: None)


def has_an_open_route() -> None:
    """Add a route for support, and let it past the guard."""

    def add(made: FastAPI) -> None:
        made.get("/support/orders")(list)

    clients.PUBLIC.add(("GET", "/support/orders"))
    changed(add)


def lets_anybody_in() -> None:
    """Take any token for the first client's."""

    def name(_: clients.Guard, connection: HTTPConnection) -> str | None:
        return "probe" if "authorization" in connection.headers else None

    put(clients.Guard, "name", name)


def shows_its_stack() -> None:
    """Answer a crash with all that it knows."""

    def add(made: FastAPI) -> None:
        @made.exception_handler(Exception)
        async def crashed(_: Request, error: Exception) -> Response:
            told = "".join(traceback.format_exception(error))
            return problems.problem(500, "internal-error", told)

    changed(add)


VARIANTS = {
    "the reference service": ("", hurry),
    "always ready": ("health-endpoints", always_ready),
    "ends at once": ("graceful-shutdown", ends_at_once),
    "waits for ever": ("timeouts", waits_for_ever),
    "tries once": ("retries", tries_once),
    "tries at once": ("retries", tries_at_once),
    "tries often": ("retries", tries_often),
    "stumbles over a retry": ("retries", stumbles_over_a_retry),
    "has no breaker": ("circuit-breakers", has_no_breaker),
    "has no fallback": ("fallbacks", has_no_fallback),
    "marks nothing": ("fallbacks", marks_nothing),
    "errors of the framework": ("error-answers", errors_of_the_framework),
    "prints": ("structured-logging", prints),
    "logs tokens": ("secrets", logs_tokens),
    "has no metrics": ("metrics", has_no_metrics),
    "labels raw paths": ("bounded-labels", labels_raw_paths),
    "passes no trace on": ("tracing", passes_no_trace_on),
    "has an open route": ("access", has_an_open_route),
    "lets anybody in": ("access", lets_anybody_in),
    "shows its stack": ("stack-traces", shows_its_stack),
}


if __name__ == "__main__":
    hurry()
    VARIANTS[os.environ["VARIANT"]][1]()
    orders.main()
