"""Orders, observed."""

from typing import Annotated

import structlog
from fastapi import Header

from snippets.observability.three_pillars.observed import (
    observed,
    serve,
)
from snippets.observability.tracing.orders import process_order

app = observed()
logger = structlog.get_logger()


@app.post("/orders/{order_id}/payment")
def pay(
    order_id: str, user_id: Annotated[str, Header()]
) -> dict[str, str]:
    """Take the money for an order, and log that it came."""
    paid = process_order(order_id, user_id)
    logger.info("order_paid", order_id=order_id, user_id=user_id)
    return paid


if __name__ == "__main__":
    serve(app)
