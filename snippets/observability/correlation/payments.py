"""Payments, observed."""

import structlog

from snippets.observability.three_pillars.observed import (
    observed,
    serve,
)
from snippets.observability.tracing import payments

app = observed()
logger = structlog.get_logger()


@app.post("/charges/{order_id}", status_code=201)
def charge(order_id: str) -> dict[str, str]:
    """Charge a card, and log that it was charged."""
    charged = payments.charge(order_id)
    logger.info("card_charged", order_id=order_id)
    return charged


if __name__ == "__main__":
    serve(app)
