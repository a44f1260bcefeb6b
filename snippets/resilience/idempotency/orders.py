"""An order that may be sent twice is placed once."""

import os
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from pydantic import BaseModel

from snippets.resilience.idempotency.once import once
from snippets.resilience.structured_errors.problems import (
    answer_problems,
)

app = FastAPI()
answer_problems(app)

INSERT = """
INSERT INTO orders (client, item) VALUES (%s, %s) RETURNING id
"""


class Order(BaseModel):
    """What a client wants."""

    item: str


@cache
def pool() -> ConnectionPool[Connection[Any]]:
    """Connect when the first request comes."""
    return ConnectionPool(os.environ["DATABASE_URL"], open=True)


async def sent(request: Request) -> bytes:
    """Give the request as it was sent, without what we made of it."""
    asked = f"{request.method} {request.url.path}\n"
    return asked.encode() + await request.body()


@app.post("/orders", status_code=201)
def place_order(
    order: Order,
    request: Annotated[bytes, Depends(sent)],
    client: Annotated[str, Header(alias="X-Client")],  # authenticated
    key: Annotated[
        str, Header(alias="Idempotency-Key", max_length=255)
    ],
) -> dict[str, Any]:
    """Place an order."""
    with pool().connection() as connection:

        def insert() -> dict[str, Any]:
            inserted = connection.execute(INSERT, [client, order.item])
            [(order_id,)] = inserted.fetchall()
            return {"order_id": str(order_id), "item": order.item}

        return once(connection, client, key, request, insert)
