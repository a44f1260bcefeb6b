"""What went wrong, in words of the business."""

from collections.abc import Mapping
from http import HTTPStatus
from string import Formatter
from typing import ClassVar


class Fields(dict[str, object]):
    """Details, of which a missing one keeps its braces."""

    def __missing__(self, name: str) -> str:
        """Fail no answer for its text."""
        return f"{{{name}}}"


class DomainError(Exception):
    """A failure that the business has a name for.

    Args:
        details: Values that the message is filled with, and others,
            for the log.

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
        """Fill the message in, if its format allows it."""
        try:
            return self.message.format_map(Fields(self.details))
        except (AttributeError, TypeError, ValueError):
            return self.message

    def named(self) -> dict[str, object]:
        """Give the details in the message: these alone go out."""
        parts = Formatter().parse(self.message)
        names = {name for _, name, _, _ in parts}
        return {k: v for k, v in self.details.items() if k in names}


class UserNotFoundError(DomainError):
    """Nobody has this ID."""

    code = "user-not-found"
    status = HTTPStatus.NOT_FOUND
    message = "User {user_id} not found."


class OrderClosedError(DomainError):
    """The order can no longer change."""

    code = "order-closed"
    status = HTTPStatus.CONFLICT
    message = "Order {order_id} over {total} was closed at {closed_at}."
