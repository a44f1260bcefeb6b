"""A service that keeps log files, and tidies them up itself."""

import logging
import os
from logging.handlers import RotatingFileHandler

import uvicorn
from fastapi import FastAPI

app = FastAPI()
log = logging.getLogger(__name__)


def configure_logging() -> None:
    """Keep this file, and the two before it."""
    handler = RotatingFileHandler(
        os.environ["LOG_FILE"], maxBytes=1_000, backupCount=2
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)


@app.get("/orders/{order_id}")
def read_order(order_id: str) -> str:
    """Read an order, and say so."""
    log.info("order %s was read", order_id)
    return order_id


if __name__ == "__main__":
    configure_logging()
    uvicorn.run(app, port=int(os.environ["PORT"]))
