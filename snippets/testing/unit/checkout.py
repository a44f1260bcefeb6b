"""What a customer pays, wherever the codes are kept."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from snippets.testing.pyramid.price import discounted


@dataclass(frozen=True)
class Code:
    """What a discount code grants, and until when."""

    name: str
    percent: int
    last: date


class Codes(Protocol):
    """Where the uses of codes are counted."""

    def redeem(self, code: str) -> bool:
        """Use a code once, and say whether a use was left."""


def total(
    codes: Codes, code: Code, price: Decimal, today: date
) -> Decimal:
    """Give the discount, as long as the code has uses.

    Args:
        codes: Where the uses are counted.
        code: What the customer typed.
        price: In euros, of whole cents.
        today: The day of the order.

    Returns:
        Euros, of whole cents; a code that saves nothing is not used.
    """
    reduced = discounted(price, code.percent, code.last, today)
    if reduced < price and codes.redeem(code.name):
        return reduced
    return price
