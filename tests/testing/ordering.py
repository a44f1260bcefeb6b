"""A shop that takes orders with discount codes; receipts are written elsewhere."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal  # noqa: TC003 # pydantic reads it
from typing import Any
from uuid import UUID, uuid4

import psycopg
import uvicorn
from fastapi import FastAPI
from psycopg.rows import dict_row
from pydantic import BaseModel

from snippets.testing.pyramid.price import discounted
from snippets.testing.pyramid.store import redeem

TABLE = """
CREATE TABLE orders (id uuid PRIMARY KEY, total numeric NOT NULL, receipt text);
"""


class Grant(BaseModel):
    """A new code."""

    code: str
    percent: int
    uses: int


class Order(BaseModel):
    """What a customer buys, and the code that they typed."""

    price: Decimal
    code: str


app = FastAPI()


def connect() -> psycopg.Connection[dict[str, Any]]:
    """Open a connection."""
    url = os.environ["DATABASE_URL"]
    return psycopg.connect(url, autocommit=True, row_factory=dict_row)


@app.post("/codes", status_code=201)
def grant(new: Grant) -> None:
    """Make a code."""
    with connect() as db:
        values = [new.code, new.percent, date.max, new.uses]
        db.execute("INSERT INTO codes VALUES (%s, %s, %s, %s)", values)


@app.post("/orders", status_code=201)
def order(asked: Order) -> dict[str, Any]:
    """Take an order."""
    with connect() as db:
        query = "SELECT percent, last FROM codes WHERE code = %s"
        code = db.execute(query, [asked.code]).fetchone()
        total = asked.price
        if code and redeem(db, asked.code):
            total = discounted(total, code["percent"], code["last"], date(2027, 3, 1))
        number = uuid4()
        db.execute("INSERT INTO orders VALUES (%s, %s)", [number, total])
        return {"id": number, "total": total}


@app.get("/orders/{number}")
def read(number: UUID) -> dict[str, Any] | None:
    """Show an order, with its receipt as soon as there is one."""
    with connect() as db:
        query = "SELECT total, receipt FROM orders WHERE id = %s"
        return db.execute(query, [number]).fetchone()


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=0)
