"""A shop with one connection to its database, which does 50 queries a second."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from starlette.middleware import Middleware

from snippets.observability.metrics.exposition import metrics
from snippets.resilience.bulkheads.shedding import LoadShedding
from snippets.resilience.bulkheads.shedding_dont import ConcurrencyLimit

LIMIT = int(os.environ["LIMIT"])
MIDDLEWARE = {
    "sheds": Middleware(LoadShedding, LIMIT),
    "waits": Middleware(ConcurrencyLimit, LIMIT),
}
database = AsyncConnectionPool(
    os.environ["DATABASE_URL"], min_size=1, max_size=1, open=False
)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Open the one connection."""
    async with database:
        await database.wait()
        yield


app = FastAPI(lifespan=lifespan, middleware=[MIDDLEWARE[sys.argv[1]]])
app.get("/metrics")(metrics)


@app.get("/orders")
async def query() -> str:
    """Keep the connection busy for 20 milliseconds."""
    async with database.connection() as connection:
        await connection.execute("SELECT pg_sleep(0.02)")
    return "done"


@app.get("/health")
async def health() -> str:
    """Answer."""
    return "ok"


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(os.environ["PORT"]),
        access_log=False,
        timeout_graceful_shutdown=0,  # what still waits has no caller any more
    )
