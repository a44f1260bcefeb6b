"""A register of debts, whose interest is asked of the records."""

import tomllib
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg

FIELDS = {
    "what": (str,),
    "where": (str,),
    "principal": (int, float),
    "interest": (str,),
    "owner": (str,),
    "decide_by": (date,),
}
MONTH = timedelta(days=30)


class Debt(NamedTuple):
    """What it costs to have, and to have no longer.

    Attributes:
        what: Its name.
        principal: What paying it off costs, in hours.
        interest: What it costs in each 30 days, in hours.
    """

    what: str
    principal: float
    interest: float

    @property
    def pays_off_in(self) -> float:
        """After how many months it has cost what it saves."""
        return self.principal / self.interest


def assess(
    register: str, connection: psycopg.Connection, today: date
) -> tuple[list[Debt], list[str]]:
    """Measure the interest of each debt.

    Args:
        register: Its text, in TOML.
        connection: To the records that the queries ask.
        today: The end of the 30 days.

    Returns:
        The debts, soonest paid off first; and for each that is
        refused, why.
    """
    debts, refused = list[Debt](), list[str]()
    for row in tomllib.loads(register)["debt"]:
        what = row.get("what", "a debt")
        try:
            check(row, today)
            interest = measured(connection, row["interest"], today)
        except ValueError as error:
            refused.append(f"{what}: {error}")
        else:
            debts.append(Debt(what, row["principal"], interest))
    return sorted(debts, key=lambda debt: debt.pays_off_in), refused


def check(row: dict[str, Any], today: date) -> None:
    """See that a debt has what a decision needs.

    Raises:
        ValueError: A field is missing, or the decision is overdue.
    """
    for field, kinds in FIELDS.items():
        if type(row.get(field)) not in kinds or not row[field]:
            raise ValueError(f"write {field}")
    if row["decide_by"] < today:
        raise ValueError(f"decide, it was due {row['decide_by']}")


def measured(
    connection: psycopg.Connection, query: str, today: date
) -> float:
    """Ask what a debt has cost, in hours, and change nothing.

    Raises:
        ValueError: Nothing, or the query fails.
    """
    window = {"since": today - MONTH, "today": today}
    try:
        with connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            rows = connection.execute(query.encode(), window)
            hours = (rows.fetchone() or [None])[0]
    except psycopg.Error as error:
        raise ValueError(str(error.diag.message_primary)) from error
    if not hours:
        raise ValueError("no measured interest")
    return float(hours)
