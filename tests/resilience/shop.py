"""A shop whose every error is a problem, or what a first draft makes of it."""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import HTTPException
from pydantic import BaseModel, Field

from snippets.observability.three_pillars.observed import observed, serve
from snippets.resilience.structured_errors import domain, domain_dont
from snippets.resilience.structured_errors.domain_dont import answer_domain_errors
from snippets.resilience.structured_errors.problems import answer_problems

DRAFT = "draft" in sys.argv
CLOSED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
app = observed()
if DRAFT:
    answer_domain_errors(app)
else:
    answer_problems(app)


class Payment(BaseModel):
    """What a customer sends."""

    amount: Annotated[Decimal, Field(gt=0)]
    card_number: Annotated[str, Field(max_length=4)]


@app.get("/users/{user_id}")
def read_user(user_id: str) -> None:
    """Find nobody."""
    if DRAFT:
        raise domain_dont.UserNotFoundError(user_id)
    raise domain.UserNotFoundError({"user_id": user_id})


@app.post("/orders/{order_id}/close")
def close_order(order_id: str) -> None:
    """Find it closed already."""
    details = {"order_id": order_id, "closed_at": CLOSED, "total": Decimal("19.99")}
    if DRAFT:
        raise domain_dont.DomainError("closed", "ORDER_CLOSED", details)
    raise domain.OrderClosedError(details)


@app.post("/payments")
def pay(payment: Payment) -> str:
    """Take any payment."""
    return str(payment.amount)


@app.get("/busy")
def busy() -> None:
    """Ask for patience."""
    raise HTTPException(503, "Come back later.", headers={"Retry-After": "7"})


@app.get("/crash")
def crash() -> None:
    """Fail with a secret in hand."""
    password = "hunter2"
    raise RuntimeError(password)


if __name__ == "__main__":
    serve(app)
