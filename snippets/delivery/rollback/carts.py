"""Carts in Redis, whatever the form of an entry."""

import os
from collections.abc import Callable

from fastapi import FastAPI
from redis import Redis

DAY = 24 * 60 * 60  # seconds
Cart = dict[str, int]  # how many of each item


def carts(
    load: Callable[[str], Cart], dump: Callable[[Cart], str]
) -> FastAPI:
    """Serve carts.

    Args:
        load: Reads an entry.
        dump: Writes one.
    """
    app = FastAPI()
    redis = Redis.from_url(
        os.environ["REDIS_URL"], decode_responses=True
    )

    @app.put("/carts/{cart}")
    def put(cart: str, content: Cart) -> None:
        redis.set(f"cart:{cart}", dump(content), ex=DAY)

    @app.get("/carts/{cart}")
    def get(cart: str) -> Cart:
        entry = redis.get(f"cart:{cart}")
        return load(str(entry)) if entry else {}

    return app
