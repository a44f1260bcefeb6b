"""A service that is healthy."""

import os

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health() -> str:
    """Answer."""
    return "ok"


@app.get("/orders/{order_id}")
def read_order(order_id: str) -> str:
    """Read an order."""
    return order_id


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
