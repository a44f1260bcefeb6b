"""What clients send, and what they are told."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

MOST = 2_147_483_647  # what the column holds

Payment: TypeAlias = Literal["charged", "pending", "declined"]


class NewOrder(BaseModel):
    """What a client wants."""

    model_config = ConfigDict(strict=True, extra="forbid")

    item: Annotated[
        str,
        Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$"),
    ]  # PostgreSQL keeps any character but one
    cents: Annotated[int, Field(gt=0, le=MOST)]


class Order(BaseModel):
    """What became of it."""

    order_id: UUID
    item: str
    cents: int
    payment: Payment
