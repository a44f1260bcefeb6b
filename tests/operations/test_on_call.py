"""What being on call costs, and who is on call when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from snippets.operations.on_call import rotation_dont
from snippets.operations.on_call.load import (
    Page,
    Shift,
    idle,
    incidents,
    overloaded,
)
from snippets.operations.on_call.rotation import rotation
from tests.projects import ROOT

if TYPE_CHECKING:
    from handbook.outputs import Output

HOME: Final = ZoneInfo("Europe/Stockholm")
TEAM: Final = ("Ada", "Ben", "Chandra", "Dan")
SPRING: Final = date(2027, 3, 27)  # the clocks go forward the night after
AUTUMN: Final = date(2026, 10, 24)  # and back, the night after this day
NIGHT: Final = Shift(
    "Ada",
    datetime(2026, 11, 23, 20, tzinfo=UTC),
    datetime(2026, 11, 24, 8, tzinfo=UTC),
)


def page(minutes: float, alert: str, incident: str, done: str = "") -> Page:
    """Page somebody, so many minutes after the night began."""
    at = NIGHT.begin + timedelta(minutes=minutes)
    return Page(at, alert, incident, done)


PAGES: Final = [
    page(0, "BudgetBurns", "a", "rolled back"),
    page(9, "PaymentsWait", "a", "told the provider"),
    page(95, "DiskFillsSlowly", "b"),
    page(300, "DiskFillsSlowly", "c"),
    page(719.9, "BudgetBurns", "d", "rolled back"),
]


@pytest.mark.proves("on-call-load")
def test_pages_of_one_incident_count_once() -> None:
    """Five pages are four incidents, which is more than a night should have."""
    assert 4 == incidents(NIGHT, PAGES)
    assert [NIGHT] == overloaded([NIGHT], PAGES)
    assert [NIGHT] == overloaded([NIGHT], PAGES[:4])
    assert [] == overloaded([NIGHT], PAGES[:3])


@pytest.mark.proves("on-call-load")
def test_an_incident_belongs_to_the_shift_in_which_it_began() -> None:
    """A page at the first moment counts, one at the last does not, nor a later echo."""
    last = page(720, "BudgetBurns", "e", "rolled back")
    echo = page(720, "BudgetBurns", "d", "looked again")
    nine = [page(minutes, "BudgetBurns", "a") for minutes in range(9)]
    morning = Shift("Ben", NIGHT.end, NIGHT.end + timedelta(hours=12))

    assert 1 == incidents(NIGHT, PAGES[:1])
    assert (9, 1) == (len(nine), incidents(NIGHT, nine))
    assert (4, 1) == (incidents(NIGHT, [last, *PAGES]), incidents(morning, [last]))
    assert 0 == incidents(morning, [echo, *PAGES])


@pytest.mark.proves("on-call-load")
def test_alerts_with_nothing_to_do_are_named(output: Output) -> None:
    """The alert that woke somebody for nothing is the first to go."""
    found = idle(PAGES)

    assert {"DiskFillsSlowly": 2} == found
    rows = [f"{len(PAGES)} pages, {incidents(NIGHT, PAGES)} incidents in one shift"]
    rows += [f"{name}: {count} with nothing to do" for name, count in found.items()]
    output.check("operations/on_call/night.out", "\n".join(rows))


@pytest.mark.proves("wall-clock-rotation")
@pytest.mark.parametrize(
    ("first", "night"), [(SPRING, 11), (AUTUMN, 13)], ids=["spring", "autumn"]
)
def test_a_rotation_hands_over_at_the_same_hour_when_clocks_change(
    first: date, night: int
) -> None:
    """Each shift begins at nine, by the clock on the wall, and where another ends."""
    shifts = list(rotation(TEAM, first, 3, HOME))

    assert ["Ada", "Ben", "Chandra", "Dan", "Ada", "Ben"] == [s.person for s in shifts]
    assert {9, 21} == {s.begin.astimezone(HOME).hour for s in shifts}
    assert all(one.end == other.begin for one, other in pairwise(shifts))
    lengths = [(s.end - s.begin) / timedelta(hours=1) for s in shifts]
    assert [12, night, 12, 12, 12, 12] == lengths


@pytest.mark.proves("wall-clock-rotation")
def test_a_length_is_right_in_utc_only() -> None:
    """Python adds and subtracts by the wall, so the short night seems to have twelve hours."""
    _, night, *_ = rotation(TEAM, SPRING, 1, HOME)
    begin, end = night.begin.astimezone(HOME), night.end.astimezone(HOME)

    assert end == begin + timedelta(hours=12)
    assert timedelta(hours=12) == end - begin
    assert timedelta(hours=11) == night.end - night.begin


@pytest.mark.harm("wall-clock-rotation")
def test_steps_of_twelve_hours_move_the_handover(output: Output) -> None:
    """After the clocks change, everybody comes an hour early or late, for months."""
    rows = [f"{'':<12}{'by the wall':<13}by 12 hours"]
    for day in (0, 1):
        begin = SPRING + timedelta(day)
        right = [*rotation(TEAM, SPRING, 2, HOME)][2 * day]
        wrong = [*rotation_dont.rotation(TEAM, SPRING, 2, HOME)][2 * day]
        told = [f"{shift.begin.astimezone(HOME):%H:%M}" for shift in (right, wrong)]
        rows.append(f"{begin}  {told[0]:<13}{told[1]}")

    assert rows[1].endswith("09:00        09:00")
    assert rows[2].endswith("09:00        10:00")
    output.check("operations/on_call/clocks.out", "\n".join(rows))


def test_the_handover_names_both_and_what_is_open() -> None:
    """Whoever takes over is named, and so is what was silenced and until when."""
    text = Path(ROOT, "snippets", "operations/on_call/handover.md").read_text("utf-8")

    fields = ("**From**", "**to**", "**Open:**", "**Changed:**", "**Paged:**")
    assert [] == [name for name in fields if name not in text]
    assert "until" in text.partition("**Open:**")[2].partition("\n")[0]
