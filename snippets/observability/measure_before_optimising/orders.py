"""What the service holds in memory: 2,000 orders of 200 users."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class User:
    """Somebody who orders, and the customer that pays."""

    id: str
    customer: str


@dataclass(frozen=True)
class Order:
    """An order as its JSON gave it: the amount is text."""

    user_id: str
    amount: str
    currency: str


RATES = {"EUR": Decimal("1.0"), "SEK": Decimal("0.09")}
USERS = [User(f"usr-{n}", f"customer {n % 100}") for n in range(200)]
ORDERS = [
    Order(
        user_id=f"usr-{n * 37 % 200}",
        amount=f"{n * 7919 % 1000}.{n % 90 + 10}",
        currency="SEK" if n % 3 == 0 else "EUR",
    )
    for n in range(2000)
]
