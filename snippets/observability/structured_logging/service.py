"""A service whose every line is an event."""

import os
from decimal import Decimal
from time import perf_counter
from uuid import uuid4

import structlog
import uvicorn
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from pydantic import BaseModel, SecretStr
from structlog.contextvars import bind_contextvars

from snippets.observability.structured_logging.json_lines import (
    configure_logging,
)
from snippets.observability.structured_logging.request_context import (
    RequestContext,
)

logger = structlog.get_logger()
tracer = trace.get_tracer(__name__)
app = FastAPI()


class Order(BaseModel):
    """What a customer asks for."""

    user_id: str
    total_amount: Decimal
    card_token: SecretStr
    note: str = ""


orders: dict[str, Order] = {}


@app.post("/orders", status_code=201)
async def create_order(order: Order) -> dict[str, str]:
    """Create an order, and log that it happened."""
    bind_contextvars(user_id=order.user_id)
    start = perf_counter()
    with tracer.start_as_current_span("create_order"):
        order_id = str(uuid4())
        orders[order_id] = order
        elapsed_ms = (perf_counter() - start) * 1000
        logger.info(
            "order_created",
            order_id=order_id,
            total_amount=order.total_amount,
            duration_ms=round(elapsed_ms, 3),
        )
    return {"order_id": order_id}


@app.get("/orders/{order_id}")
async def read_order(order_id: str) -> dict[str, str]:
    """Look an order up, and log that somebody did."""
    logger.info("order_read", order_id=order_id)
    return {"user_id": orders[order_id].user_id}


def trace_everything() -> None:
    """Give spans their IDs; where they are sent is another page's."""
    trace.set_tracer_provider(TracerProvider())


def main() -> None:
    """Serve on the port that the environment names."""
    trace_everything()
    configure_logging()
    app.add_middleware(RequestContext)
    port = int(os.environ["PORT"])
    uvicorn.run(
        app,
        port=port,
        log_config=None,  # or uvicorn writes text of its own
        access_log=False,  # it writes the query string
        reset_contextvars=True,  # or a trace leaks to the next
    )


if __name__ == "__main__":
    main()
