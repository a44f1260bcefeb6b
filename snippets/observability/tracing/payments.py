"""Payments, which other services ask for."""

import os

import uvicorn
from fastapi import FastAPI, HTTPException

from snippets.observability.tracing.exporting import tracing

app = FastAPI(lifespan=tracing, telemetry={"operation_spans": False})
LIMITS = {"ord-1": 100, "ord-2": 0}  # of the card that pays an order


@app.post("/charges/{order_id}", status_code=201)
def charge(order_id: str) -> dict[str, str]:
    """Charge a card, unless its limit is reached."""
    if LIMITS[order_id] == 0:
        raise HTTPException(402)
    return {"charged": order_id}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
