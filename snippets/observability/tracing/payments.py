"""Payments, which other services ask for."""

import structlog
from fastapi import HTTPException

from snippets.observability.three_pillars.observed import (
    observed,
    serve,
)

app = observed()
logger = structlog.get_logger()
LIMITS = {"ord-1": 100, "ord-2": 0}  # of the card that pays an order


@app.post("/charges/{order_id}", status_code=201)
def charge(order_id: str) -> dict[str, str]:
    """Charge a card, unless its limit is reached."""
    if LIMITS[order_id] == 0:
        raise HTTPException(402)
    logger.info("card_charged", order_id=order_id)
    return {"charged": order_id}


if __name__ == "__main__":
    serve(app)
