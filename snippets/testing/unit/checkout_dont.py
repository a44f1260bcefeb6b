"""Two drafts that believe something of the codes that is not so."""

from datetime import date
from decimal import Decimal
from typing import Any

from snippets.testing.pyramid.price import discounted
from snippets.testing.unit.checkout import Code, Codes


class NoUseLeftError(Exception):
    """What nobody raises."""


def renamed(
    codes: Any,  # noqa: ANN401 # as it is in code without types
    code: Code,
    price: Decimal,
    today: date,
) -> Decimal:
    """Call a method that the codes had once."""
    reduced = discounted(price, code.percent, code.last, today)
    if reduced < price and codes.use(code.name):
        return reduced
    return price


def trusting(
    codes: Codes, code: Code, price: Decimal, today: date
) -> Decimal:
    """Expect an error when no use is left."""
    try:
        codes.redeem(code.name)
    except NoUseLeftError:
        return price
    return discounted(price, code.percent, code.last, today)
