"""What being on call costs those who are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

MOST = 2  # incidents in a shift of 12 hours


class Page(NamedTuple):
    """Somebody was woken, or interrupted.

    Attributes:
        at: When, with its zone.
        alert: Its name.
        incident: What it belongs to; pages of one share it.
        done: What the person did; empty if there was nothing to do.
    """

    at: datetime
    alert: str
    incident: str
    done: str


class Shift(NamedTuple):
    """Who is on call, from a moment until just before another."""

    person: str
    begin: datetime
    end: datetime


def incidents(shift: Shift, pages: Iterable[Page]) -> int:
    """Count the incidents that began paging in a shift."""
    first: dict[str, datetime] = {}
    for page in sorted(pages, key=lambda page: page.at):
        first.setdefault(page.incident, page.at)
    return sum(shift.begin <= at < shift.end for at in first.values())


def overloaded(
    shifts: Iterable[Shift], pages: Sequence[Page]
) -> list[Shift]:
    """List the shifts that had more incidents than one can mend."""
    return [s for s in shifts if incidents(s, pages) > MOST]


def idle(pages: Iterable[Page]) -> Counter[str]:
    """Count, for each alert, the pages with nothing to do."""
    return Counter(page.alert for page in pages if not page.done)
