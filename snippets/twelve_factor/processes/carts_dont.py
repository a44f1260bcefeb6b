"""Carts that die with the process which filled them."""

import os
from collections import Counter, defaultdict

import uvicorn
from fastapi import FastAPI

app = FastAPI()
carts: defaultdict[str, Counter[str]] = defaultdict(Counter)


@app.post("/carts/{cart}/{item}")
def add(cart: str, item: str) -> int:
    """Add one of an item, and say how many there are."""
    carts[cart][item] += 1
    return carts[cart][item]


@app.get("/carts/{cart}")
def read(cart: str) -> dict[str, int]:
    """List what is in a cart."""
    return carts[cart]


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
