"""A service that logs, counts and traces before its first handler."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import Scope

from snippets.observability.metrics.exposition import metrics
from snippets.observability.metrics.http_metrics import RequestMetrics
from snippets.observability.structured_logging.json_lines import (
    configure_logging,
)
from snippets.observability.structured_logging.request_context import (
    RequestContext,
)
from snippets.observability.tracing.exporting import tracing

Lifespan: TypeAlias = Callable[
    [FastAPI], AbstractAsyncContextManager[None]
]


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    """Need nothing else while the application runs."""
    yield


def observed(
    title: str = "FastAPI",
    lifespan: Lifespan = nothing,
    middleware: Sequence[Middleware] = (),
) -> FastAPI:
    """Make an application that emits all three signals.

    Args:
        title: Its name, in its description.
        lifespan: What else it needs while it runs.
        middleware: What else stands before its routes; what this
            answers is logged, counted and traced too.
    """

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with tracing(app), lifespan(app):
            yield

    app = FastAPI(
        title=title,
        lifespan=running,
        middleware=[
            Middleware(RequestContext),
            Middleware(RequestMetrics),
            *middleware,
        ],
        telemetry={"operation_spans": False, "exclude": is_scrape},
    )
    app.get("/metrics", include_in_schema=False)(metrics)
    return app


def is_scrape(scope: Scope) -> bool:
    """Say whether Prometheus asks: nobody wants a trace of that."""
    return bool(scope["path"] == "/metrics")


def serve(app: FastAPI) -> None:
    """Serve it on the port that the environment names."""
    configure_logging()
    uvicorn.run(
        app,
        port=int(os.environ["PORT"]),
        log_config=None,
        access_log=False,
        reset_contextvars=True,
        timeout_graceful_shutdown=15,  # or a stream holds the flush
    )
