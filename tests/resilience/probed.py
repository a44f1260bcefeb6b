"""A shop that is probed in several ways, and whose faults a test can order."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response

from snippets.resilience.health_checks import (
    liveness_dont,
    readiness,
    readiness_dont,
)
from snippets.resilience.health_checks.service import app, prices

readiness.KEEP = 0  # the test's time runs faster


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Load the prices; in a slow start, not before a test says so."""
    if "SLOW_START" in os.environ:
        loaded = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, loaded.set)
        place = f"http://127.0.0.1:{os.environ['PORT']}"
        print(place, flush=True)  # noqa: T201 # for whoever waits
        await loaded.wait()
    prices["tea"] = "3.20"
    yield


async def refuse(_request: Request, _error: Exception) -> Response:
    """Answer what needs the database, when it cannot be had."""
    return Response(status_code=503)


app.router.lifespan_context = lifespan
app.exception_handler(psycopg.OperationalError)(refuse)
app.get("/deep/health")(liveness_dont.health)
app.get("/deep/ready")(readiness_dont.ready)


@app.get("/prices")
async def read_prices() -> dict[str, str]:
    """Answer from memory."""
    if not prices:
        raise HTTPException(503)
    return prices


@app.get("/orders")
def read_orders() -> int:
    """Answer from the database."""
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=2) as database:
        row = database.execute("SELECT 1").fetchone()
    return len(row or ())


@app.get("/forget")
async def forget() -> None:
    """Lose the prices, in this instance alone."""
    prices.clear()


@app.get("/block")
async def block() -> None:
    """Block the event loop, as a call does that is not awaited."""
    time.sleep(60)  # noqa: ASYNC251 # the fault


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False)
