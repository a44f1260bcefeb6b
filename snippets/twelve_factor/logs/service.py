"""A service that writes its events to stdout, and knows no more."""

import os

import structlog
import uvicorn
from fastapi import FastAPI

from snippets.observability.structured_logging.json_lines import (
    configure_logging,
)

log = structlog.get_logger()
app = FastAPI()


@app.get("/orders/{order_id}")
def read_order(order_id: str) -> str:
    """Read an order, and say so."""
    log.info("order_read", order_id=order_id)
    return order_id


def main() -> None:
    """Serve, with uvicorn's own lines in the same stream."""
    configure_logging()
    uvicorn.run(app, port=int(os.environ["PORT"]), log_config=None)


if __name__ == "__main__":
    main()
