"""Orders, kept in whichever database the environment names."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request
from psycopg_pool import ConnectionPool

from snippets.twelve_factor.backing_services.attached import attached


@asynccontextmanager
async def connected(
    _: FastAPI,
) -> AsyncIterator[dict[str, ConnectionPool]]:
    """Open the pool, which connects in the background."""
    with attached(os.environ["DATABASE_URL"]) as pool:
        yield {"pool": pool}


app = FastAPI(lifespan=connected)


@app.post("/orders/{order_id}", status_code=201)
def place(order_id: str, request: Request) -> None:
    """Keep an order."""
    with request.state.pool.connection() as connection:
        connection.execute("INSERT INTO orders VALUES (%s)", [order_id])


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
