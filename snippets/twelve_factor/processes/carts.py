"""Carts that outlive the process which filled them."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request
from redis import Redis

DAY = 24 * 60 * 60  # seconds


@asynccontextmanager
async def attached(_: FastAPI) -> AsyncIterator[dict[str, Redis]]:
    """Reach what all processes share."""
    with Redis.from_url(
        os.environ["REDIS_URL"], decode_responses=True
    ) as redis:
        yield {"redis": redis}


app = FastAPI(lifespan=attached)


def add_item(redis: Redis, cart: str, item: str) -> int:
    """Add one of an item; a cart nobody touches for a day goes."""
    with redis.pipeline() as both:  # one transaction
        both.hincrby(f"cart:{cart}", item, 1)
        both.expire(f"cart:{cart}", DAY)
        return int(both.execute()[0])


@app.post("/carts/{cart}/{item}")
def add(cart: str, item: str, request: Request) -> int:
    """Add one of an item, and say how many there are."""
    return add_item(request.state.redis, cart, item)


@app.get("/carts/{cart}")
def read(cart: str, request: Request) -> dict[str, int]:
    """List what is in a cart."""
    return dict(request.state.redis.hgetall(f"cart:{cart}"))


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
