"""A service in which reports may hang, and the rest goes on."""

import os

import httpx
from fastapi import FastAPI, Request, Response

from snippets.resilience.bulkheads.limits import (
    Bulkhead,
    BulkheadFullError,
)

app = FastAPI()
reports = httpx.Client(timeout=30)  # its connections are its own
reports_bulkhead = Bulkhead("reports", limit=10)


@app.get("/reports")
def read_report() -> str:
    """Fetch a report, if fewer than ten are being fetched."""
    with reports_bulkhead.place():
        return reports.get(os.environ["REPORTS"]).text


@app.exception_handler(BulkheadFullError)
async def refuse(_request: Request, _error: Exception) -> Response:
    """Ask for patience."""
    return Response(status_code=503, headers={"Retry-After": "1"})
