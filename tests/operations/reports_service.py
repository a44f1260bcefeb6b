"""A service whose one route needs another service, and whose other needs nothing."""

import os

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware

from snippets.observability.metrics.exposition import metrics
from snippets.observability.metrics.http_metrics import RequestMetrics
from snippets.operations.troubleshooting.signals import signals

app = FastAPI(lifespan=signals, middleware=[Middleware(RequestMetrics)])
app.get("/metrics", include_in_schema=False)(metrics)
reports = httpx.Client(timeout=120)


@app.get("/reports")
def read_report() -> str:
    """Fetch a report."""
    return reports.get(os.environ["REPORTS"]).raise_for_status().text


@app.get("/prices")
async def read_prices() -> dict[str, str]:
    """Answer from memory."""
    return {"tea": "3.20"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
