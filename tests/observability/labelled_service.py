"""The orders behind the middleware of the Don't."""

import os

import uvicorn
from fastapi import FastAPI

from snippets.observability.metrics.exposition import metrics
from snippets.observability.metrics.http_metrics_dont import RequestMetrics

app = FastAPI()
app.add_middleware(RequestMetrics)
app.get("/metrics")(metrics)


@app.get("/orders/{order_id}")
def read_order(order_id: str) -> dict[str, str]:
    """Find any order."""
    return {"order_id": order_id}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
