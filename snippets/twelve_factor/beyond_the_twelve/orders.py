"""The service that keeps the contract."""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    """What a caller is told of an order."""

    order_id: str
    total_cents: int


@app.get("/orders/{order_id}")
def read_order(order_id: str, *, with_tax: bool = True) -> Order:
    """Read an order."""
    return Order(
        order_id=order_id, total_cents=1999 if with_tax else 1680
    )
