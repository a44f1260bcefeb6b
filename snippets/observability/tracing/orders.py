"""Orders, for which another service takes the money."""

import os
from typing import Annotated

import httpx
import structlog
from fastapi import Header, HTTPException
from opentelemetry import trace

from snippets.observability.three_pillars.observed import (
    observed,
    serve,
)

app = observed()
logger = structlog.get_logger()
tracer = trace.get_tracer("orders")
payments = httpx.Client(timeout=2)


@app.post("/orders/{order_id}/payment")
def process_order(
    order_id: str, user_id: Annotated[str, Header()]
) -> dict[str, str]:
    """Take the money for an order."""
    with tracer.start_as_current_span("process_order") as span:
        span.set_attribute("order.id", order_id)
        span.set_attribute("user.id", user_id)
        charged = charge(order_id)
    if not charged:
        raise HTTPException(402, "the card was declined")
    logger.info("order_paid", order_id=order_id, user_id=user_id)
    return {"paid": order_id}


def charge(order_id: str) -> bool:
    """Ask payments for the money; the client sends the trace along.

    Raises:
        HTTPStatusError: Payments failed.
    """
    url = f"{os.environ['PAYMENTS']}/charges/{order_id}"
    answer = payments.post(url)
    if answer.status_code == httpx.codes.PAYMENT_REQUIRED:
        return False
    answer.raise_for_status()
    return True


if __name__ == "__main__":
    serve(app)
