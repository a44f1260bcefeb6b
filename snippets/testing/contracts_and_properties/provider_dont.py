"""The orders, with a better name for the total."""

from fastapi import FastAPI

app = FastAPI()
ORDERS = {"ord-1": "19.99"}


@app.get("/orders/{order}")
def read(order: str) -> dict[str, str]:
    """Give an order."""
    return {"id": order, "state": "paid", "amount": ORDERS[order]}
