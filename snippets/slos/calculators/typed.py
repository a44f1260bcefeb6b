"""Numbers that somebody typed, or what to type instead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")


@dataclass(frozen=True)
class Limit:
    """What a field accepts.

    Attributes:
        message: What to type, as somebody reads it who did not.
        low: The lowest number.
        high: The highest number.
        but: What lies at an end, and does not fit.
        whole: Whether only whole numbers do.
    """

    message: str
    low: float
    high: float
    but: tuple[float, ...] = ()
    whole: bool = False

    def fits(self, number: float) -> bool:
        """Tell whether a number has an answer."""
        if self.whole and not number.is_integer():
            return False
        return (
            self.low <= number <= self.high and number not in self.but
        )


class RefusedError(ValueError):
    """What was typed has no answer.

    Attributes:
        field: The field in which it was typed.
        message: What to type instead.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message


OBJECTIVE = Limit(
    "Type a percentage above 1 and below 100, such as 99.9.",
    low=1,  # what is less is a ratio, such as 0.999
    high=100,
    but=(1, 100),
)
SECONDS = Limit(
    "Type seconds from 0 to 86400, such as 5.",
    low=0,
    high=86400,
)


def read(typed: Mapping[str, str], field: str, limit: Limit) -> float:
    """Read a field.

    Raises:
        RefusedError: It is empty, no number, or has no answer.
    """
    text = typed[field].strip()
    if not NUMBER.fullmatch(text) or not limit.fits(float(text)):
        raise RefusedError(field, limit.message)
    return float(text)


def exact(number: float) -> float:
    """Round to nine digits, so that 0.0144 / (1 - 0.999) is 14.4."""
    return float(f"{number:.9g}")
