"""A shop that takes discount codes."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from fastapi import FastAPI
from pydantic import BaseModel

from snippets.testing.pyramid.price import discounted
from snippets.testing.pyramid.store import redeem


class Order(BaseModel):
    """What a customer buys, and the code that they typed."""

    price: Decimal
    code: str


def make_app(
    database: str,
    today: Callable[[], date] = date.today,
    discounted: Callable[..., Decimal] = discounted,
    redeem: Callable[..., bool] = redeem,
) -> FastAPI:
    """Put the price and the store behind one route.

    Args:
        database: URL of a PostgreSQL with the table of codes.
        today: Gives the day of an order.
        discounted: Computes the price.
        redeem: Uses a code once.
    """
    app = FastAPI()

    @app.post("/orders")
    def order(asked: Order) -> dict[str, Any]:
        with psycopg.connect(database, autocommit=True) as db:
            row = db.execute(
                "SELECT percent, last FROM codes WHERE code = %s",
                [asked.code],
            ).fetchone()
            if row and redeem(db, asked.code):
                total = discounted(asked.price, *row, today())
                return {"total": total}
            return {"total": asked.price}

    return app
