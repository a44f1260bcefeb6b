"""A report that is too slow."""

from collections import defaultdict
from decimal import Decimal
from operator import itemgetter

from fastapi import FastAPI

from snippets.observability.measure_before_optimising.orders import (
    ORDERS,
    RATES,
    USERS,
    User,
)

app = FastAPI()


def find_user(user_id: str) -> User:
    """Look a user up."""
    for user in USERS:
        if user.id == user_id:
            return user
    raise KeyError(user_id)


@app.get("/reports/customers")
def customer_report() -> dict[str, Decimal]:
    """Give the ten customers who ordered most."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for order in ORDERS:
        customer = find_user(order.user_id).customer
        amount = Decimal(order.amount) * RATES[order.currency]
        totals[customer] += amount
    ranked = sorted(totals.items(), key=itemgetter(1), reverse=True)
    return dict(ranked[:10])
