"""A shop whose every error is a problem, or what a first draft makes of it."""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

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
    details["card"] = "hunter2"  # for the log
    if DRAFT:
        raise domain_dont.DomainError("closed", "ORDER_CLOSED", details)
    raise domain.OrderClosedError(details)


@app.post("/payments")
def pay(payment: Payment) -> str:
    """Take any payment."""
    return str(payment.amount)


def refuse_a_card(value: str) -> str:
    """Quote what is refused, as many validators do."""
    raise ValueError(f"{value} is no card")


def refuse_a_mail(value: str) -> str:
    """Quote it by way of a reason, as pydantic's EmailStr does."""
    raise PydanticCustomError("value_error", "{reason}", {"reason": value})


def refuse_a_number(value: str) -> str:
    """Quote it in an error of our own."""
    raise PydanticCustomError("taken", "{number} is taken", {"number": value})


class Cash(BaseModel):
    """One way to pay."""

    kind: Literal["cash"]


class Card(BaseModel):
    """Another way to pay."""

    kind: Literal["card"]


class Transfer(BaseModel):
    """What is wrong in every way."""

    model_config = ConfigDict(extra="forbid")

    card: Annotated[str, AfterValidator(refuse_a_card)]
    mail: Annotated[str, AfterValidator(refuse_a_mail)]
    number: Annotated[str, AfterValidator(refuse_a_number)]
    by: Annotated[Cash | Card, Field(discriminator="kind")]
    key: UUID
    odd: Annotated[str, Field(max_length=4, alias="o/d d~")]
    shares: list[dict[str, int]]


@app.post("/transfers")
def transfer(transfer: Transfer) -> str:
    """Take no transfer."""
    return transfer.card


@app.get("/pages")
def read_page(page: int) -> int:
    """Read a page by its number."""
    return page


@app.get("/status/{status}")
def answer_status(status: int) -> None:
    """Fail with any status."""
    raise HTTPException(status)


@app.get("/structured")
def structured() -> None:
    """Fail with a detail that is no text."""
    raise HTTPException(400, {"limit": 3, "until": datetime(2026, 11, 23, tzinfo=UTC)})


@app.get("/odd")
def odd() -> None:
    """Fail with details that JSON cannot hold, and without one."""
    total = Decimal("12345678901234567.89")
    raise domain.OrderClosedError({"order_id": float("nan"), "total": total})


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
