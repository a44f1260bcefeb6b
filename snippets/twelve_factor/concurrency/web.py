"""The web process: it accepts work, and leaves it to a worker."""

import os

import psycopg
from fastapi import FastAPI

app = FastAPI()


@app.get("/process")
def process() -> int:
    """Say which process answers."""
    return os.getpid()


@app.post("/orders/{order_id}/receipt", status_code=202)
def request_receipt(order_id: str) -> None:
    """Put the job where every worker sees it, then answer."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(
            "INSERT INTO jobs (order_id) VALUES (%s)", [order_id]
        )
