"""Orders that leave a line, a count and a span."""

from time import perf_counter
from uuid import uuid4

import structlog
from opentelemetry import trace

from snippets.observability.three_pillars.observed import (
    observed,
    serve,
)

app = observed()
logger = structlog.get_logger()
tracer = trace.get_tracer("orders")


@app.post("/orders", status_code=201)
async def create_order(user_id: str) -> dict[str, str]:
    """Create an order: the middleware counts and times it."""
    start = perf_counter()
    order_id = str(uuid4())
    with tracer.start_as_current_span("process_order") as span:
        span.set_attribute("order.id", order_id)
        span.set_attribute("user.id", user_id)
        elapsed_ms = round((perf_counter() - start) * 1000, 3)
        logger.info(
            "order_created",
            order_id=order_id,
            user_id=user_id,
            duration_ms=elapsed_ms,
        )
    return {"order_id": order_id}


if __name__ == "__main__":
    serve(app)
