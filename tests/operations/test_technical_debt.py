"""The interest of debts is asked of a real database, and orders are compared."""

from __future__ import annotations

import re
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from snippets.operations.technical_debt.paying import lost
from snippets.operations.technical_debt.register import Debt, assess, measured
from tests.databases import new_database
from tests.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

PAGE = "operations/technical_debt"
TODAY = date(2026, 11, 23)
PACE = 20
RECORDS = """
CREATE TABLE builds (at date, step text, seconds integer, somebody_waits boolean);
CREATE TABLE incidents (at date, cause text, people integer, minutes integer);
CREATE TABLE tickets (at date, label text, minutes integer);
INSERT INTO builds
    SELECT date '2026-11-23' - n % 30, 'start database', 90, true
    FROM generate_series(1, 420) n;
INSERT INTO builds
    SELECT date '2026-11-23' - n % 30, 'start database', 90, false
    FROM generate_series(1, 300) n;
INSERT INTO incidents VALUES
    ('2025-10-26', 'clock', 3, 60), ('2026-03-29', 'clock', 3, 60),
    ('2026-10-25', 'clock', 3, 60);
INSERT INTO tickets
    SELECT date '2026-11-23' - n % 30, 'refund', 25 FROM generate_series(1, 36) n;
INSERT INTO tickets VALUES
    ('2026-10-24', 'order class', 600), ('2026-10-25', 'order class', 60),
    ('2026-11-23', 'order class', 60), ('2026-11-24', 'order class', 600);
"""
ONE = """
[[debt]]
what = "Refunds"
where = "payments/"
principal = 40
owner = "Chidi"
decide_by = 2026-11-23
interest = "SELECT 2.5"
"""


@pytest.fixture(scope="module")
def records() -> Iterator[psycopg.Connection]:
    """Keep the builds, the incidents and the tickets of two months."""
    with new_database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(RECORDS.encode())
        yield connection


def read(file: str) -> str:
    """Read a file of the page."""
    return Path(ROOT, "snippets", file).read_text(encoding="utf-8")


@pytest.mark.proves("measured-interest")
def test_interest_is_what_the_records_say(
    records: psycopg.Connection, output: Output
) -> None:
    """Builds, tickets and incidents give the interest, and what pays off soonest is first."""
    register = read("operations/technical_debt/register.toml")
    debts, refused = assess(register, records, TODAY)
    rows = [f"{'debt':<36}{'to pay':>7}{'a month':>9}{'months':>8}"]
    rows += [
        f"{debt.what:<36}{debt.principal:>5} h{debt.interest:>7.1f} h"
        f"{debt.pays_off_in:>8.1f}"
        for debt in debts
    ]

    assert [] == refused
    assert [10.5, 15, 6 * 30 / 365, 2] == [debt.interest for debt in debts]
    assert [16, 40, 6, 120] == [debt.principal for debt in debts]
    output.check(f"{PAGE}/assessed.out", "\n".join(rows))


@pytest.mark.proves("measured-interest")
def test_no_order_costs_less(records: psycopg.Connection) -> None:
    """Of all 24 orders the one by pay-off time costs least, whatever the pace."""
    register = read("operations/technical_debt/register.toml")
    debts, _ = assess(register, records, TODAY)

    for pace in (5, PACE, 100):
        costs = {lost(order, pace) for order in permutations(debts)}
        assert lost(debts, pace) == min(costs) < max(costs)


@pytest.mark.proves("measured-interest")
def test_interest_is_paid_until_it_is_paid_off() -> None:
    """The first takes two months and the second three, so four hours a month cost 8, and one costs 5."""
    first, second = Debt("a", 40, 4), Debt("b", 60, 1)

    assert 8 + 5 == lost([first, second], 20)
    assert 3 + 20 == lost([second, first], 20)
    assert 0 == lost([], 20)
    assert [10, 60] == [first.pays_off_in, second.pays_off_in]


@pytest.mark.harm("measured-interest")
def test_taste_costs_hours(records: psycopg.Connection, output: Output) -> None:
    """The list of what annoys most costs three times as many hours as the order by pay-off time."""
    wished = read("operations/technical_debt/someday_dont.md")
    register = read("operations/technical_debt/register.toml")
    debts, _ = assess(register, records, TODAY)
    named = {debt.what: debt for debt in debts}
    taste = [
        named[line.removesuffix(" (!!!)")]
        for line in re.findall(r"^- \[ \] (.+)$", wished, re.MULTILINE)
    ]
    orders = {
        "what annoys most": taste,
        "most interest first": sorted(debts, key=lambda debt: -debt.interest),
        "smallest first": sorted(debts, key=lambda debt: debt.principal),
        "pays off soonest first": debts,
    }
    rows = [f"{'order, at 20 hours a month':<28}lost on the way"]
    rows += [f"{name:<28}{lost(order, PACE):>9.0f} h" for name, order in orders.items()]

    assert {*debts} == {*taste}
    costs = [lost(order, PACE) for order in orders.values()]
    assert sorted(costs, reverse=True) == costs
    assert 3.2 < costs[0] / costs[-1] < 3.3
    output.check(f"{PAGE}/someday_dont.out", "\n".join(rows))


REFUSED = {
    "": "",
    'interest = "SELECT NULL"': "no measured interest",
    'interest = "SELECT 0"': "no measured interest",
    'interest = "SELECT 1 WHERE false"': "no measured interest",
    'interest = "SELECT sum(minutes) FROM toil"': 'relation "toil" does not exist',
    "interest = 8": "write interest",
    "decide_by = 2026-11-22": "decide, it was due 2026-11-22",
    "decide_by = 2026-11-23T10:00:00Z": "write decide_by",
    'decide_by = "soon"': "write decide_by",
    'owner = ""': "write owner",
    'where = ""': "write where",
    "principal = 0": "write principal",
    "principal = true": "write principal",
}


def changed(line: str) -> str:
    """Give the register of one debt, with another line."""
    key = line.partition(" ")[0]
    return re.sub(rf"^{key} = .*$", line, ONE, flags=re.MULTILINE) if line else ONE


@pytest.mark.proves("measured-interest")
@pytest.mark.parametrize("line", REFUSED)
def test_a_debt_without_measured_interest_is_refused(
    line: str, records: psycopg.Connection
) -> None:
    """No number, none typed by hand, no owner, a decision that is overdue: refused, and why."""
    debts, refused = assess(changed(line), records, TODAY)
    expected = [f"Refunds: {REFUSED[line]}"] if line else []

    assert expected == refused
    assert ([] if line else [Debt("Refunds", 40, 2.5)]) == debts


@pytest.mark.proves("measured-interest")
def test_what_is_refused_is_told(records: psycopg.Connection, output: Output) -> None:
    """One that is refused stops none of the others, and one without a name is refused too."""
    lines = ["interest = 8", 'interest = "SELECT NULL"', "decide_by = 2026-11-22"]
    register = "".join(map(changed, [*lines, "", 'what = ""']))
    debts, refused = assess(register, records, TODAY)

    assert [2.5] == [debt.interest for debt in debts]
    assert ": write what" == refused[-1]
    nameless = "[[debt]]\nwhere = 'payments/'\n"
    assert ["a debt: write what"] == assess(nameless, records, TODAY)[1]
    output.check(f"{PAGE}/refused.out", "\n".join(refused[:-1]))


@pytest.mark.proves("measured-interest")
def test_a_query_changes_nothing(records: psycopg.Connection) -> None:
    """A query that writes is refused, and the records are as before."""
    with pytest.raises(ValueError, match="read-only transaction"):
        measured(records, "DELETE FROM tickets RETURNING minutes", TODAY)

    assert 15 == measured(records, "SELECT 15 FROM tickets", TODAY)
