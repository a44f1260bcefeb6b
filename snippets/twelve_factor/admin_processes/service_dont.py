"""A service that brings the database up to date as it starts."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Make the table, unless it is there."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY)"
        )
    yield


app = FastAPI(lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
