# ruff: noqa: PLR2004, S101 # tests assert, and their numbers are the claim
"""One feature, asked at three levels."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from time import sleep
from typing import Any

import httpx
import psycopg

WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def unit(discounted: Callable[..., Decimal]) -> None:
    """Ask the function: rounding, and both sides of the last day."""
    last = date(2027, 3, 31)
    cent = discounted(Decimal("0.05"), 10, last, date(2027, 3, 1))
    assert cent == Decimal("0.04")
    on_time = discounted(Decimal(80), 25, last, last)
    assert on_time == 60
    late = discounted(Decimal(80), 25, last, date(2027, 4, 1))
    assert late == 80


def integration(redeem: Callable[..., bool], database: str) -> None:
    """Ask PostgreSQL: two customers want the last use at once."""

    def customer() -> bool:
        with psycopg.connect(database, autocommit=True) as own:
            return redeem(own, "LAST")

    with psycopg.connect(database, autocommit=True) as db:
        db.execute(
            "INSERT INTO codes VALUES ('LAST', 25, '2027-03-31', 1)"
        )
        with ThreadPoolExecutor() as pool:
            with db.transaction():
                db.execute("SELECT FROM codes FOR UPDATE")
                both = [pool.submit(customer) for _ in range(2)]
                wait_for_two(database)
            given = [customer.result() for customer in both]
    assert sorted(given) == [False, True]


def wait_for_two(database: str) -> None:
    """Return as soon as two sessions wait for a lock."""
    with psycopg.connect(database, autocommit=True) as db:
        while db.execute(WAITING).fetchone() != (2,):
            sleep(0.01)


def end_to_end(shop: str, database: str) -> None:
    """Ask as a customer does: three orders with a code for two."""
    with psycopg.connect(database, autocommit=True) as db:
        db.execute(
            "INSERT INTO codes VALUES ('SPRING', 25, '9999-12-31', 2)"
        )
    order: dict[str, Any] = {"price": "19.99", "code": "SPRING"}
    with httpx.Client(base_url=shop, timeout=10) as client:
        answers = [client.post("/orders", json=order) for _ in "123"]
    totals = [answer.json()["total"] for answer in answers]
    assert totals == ["14.99", "14.99", "19.99"]
