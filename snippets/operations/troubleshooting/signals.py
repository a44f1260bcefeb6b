"""Say which release runs, and whether requests wait for a thread."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from prometheus_client import Gauge

RELEASE = Gauge("release_info", "Always 1.", ["release"])
BUSY = Gauge("worker_threads_busy", "Threads that run endpoints.")
WAITING = Gauge("worker_threads_waiting", "Requests without one.")


@asynccontextmanager
async def signals(_app: FastAPI) -> AsyncIterator[None]:
    """Export both while the application runs."""
    threads = current_default_thread_limiter()
    BUSY.set_function(lambda: threads.statistics().borrowed_tokens)
    WAITING.set_function(lambda: threads.statistics().tasks_waiting)
    RELEASE.labels(os.environ["RELEASE"]).set(1)
    yield
