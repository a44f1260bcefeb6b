"""The service after a harmless refactoring."""

from decimal import Decimal

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    """What a caller is told of an order."""

    order_id: str
    total: Decimal


@app.get("/orders/{order_id}")
def read_order(order_id: str, *, currency: str) -> Order:
    """Read an order."""
    rate = Decimal(2 if currency == "EUR" else 1)
    return Order(order_id=order_id, total=Decimal("9.99") * rate)
