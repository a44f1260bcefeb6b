"""A service in which every endpoint shares the threads."""

import os

import httpx
from fastapi import FastAPI

app = FastAPI()
reports = httpx.Client(timeout=30)


@app.get("/reports")
def read_report() -> str:
    """Fetch a report."""
    return reports.get(os.environ["REPORTS"]).text


@app.get("/prices")
def read_prices() -> dict[str, str]:
    """Answer from memory."""
    return {"tea": "3.20"}


@app.get("/health")
def health() -> str:
    """Say that all is well."""
    return "ok"
