"""A service that Prometheus can scrape."""

import os

import uvicorn
from fastapi import FastAPI, HTTPException
from starlette.middleware import Middleware

from snippets.observability.metrics.exposition import metrics
from snippets.observability.metrics.http_metrics import RequestMetrics

app = FastAPI(middleware=[Middleware(RequestMetrics)])
app.get("/metrics", include_in_schema=False)(metrics)

ORDERS = {
    "ord-1": {"total": "19.99"},
    "ord-2": {},  # written by an older version, which had no totals
}


@app.get("/orders/{order_id}")
def read_order(order_id: str) -> dict[str, str]:
    """Give the total of an order."""
    if order_id not in ORDERS:
        raise HTTPException(404)
    return {"total": ORDERS[order_id]["total"]}


def main() -> None:
    """Serve on the port that the environment names."""
    uvicorn.run(app, port=int(os.environ["PORT"]))


if __name__ == "__main__":
    main()
