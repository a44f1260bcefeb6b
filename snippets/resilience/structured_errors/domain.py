"""What went wrong, in words of the business."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar


class DomainError(Exception):
    """A failure that the business has a name for.

    Args:
        details: Values that the message is filled with.

    Attributes:
        code: Its name; it never changes.
        status: The HTTP status that it is answered with.
        message: A sentence with the details in braces.
    """

    code: ClassVar[str]
    status: ClassVar[HTTPStatus]
    message: ClassVar[str]

    def __init__(self, details: Mapping[str, object]) -> None:
        super().__init__(details)  # pickle makes it anew from these
        self.details = details

    def __str__(self) -> str:
        """Fill the message in."""
        return self.message.format_map(self.details)


class UserNotFoundError(DomainError):
    """Nobody has this ID."""

    code = "user-not-found"
    status = HTTPStatus.NOT_FOUND
    message = "User {user_id} not found."


class OrderClosedError(DomainError):
    """The order can no longer change."""

    code = "order-closed"
    status = HTTPStatus.CONFLICT
    message = "Order {order_id} was closed at {closed_at}."
