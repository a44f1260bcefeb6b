"""A plan that two people can begin with has a thing, a task and a date."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from snippets.mentoring.growth_plan.plan import LONGEST, SECTIONS, missing
from tests.services import ROOT

if TYPE_CHECKING:
    from handbook.outputs import Output

FOLDER = ROOT / "snippets/mentoring/growth_plan"


def read(name: str) -> str:
    """Read a template."""
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.proves("growth-plan")
def test_the_plan_of_the_page_lacks_nothing() -> None:
    """The plan that readers copy lacks nothing."""
    "mentoring/growth_plan/growth_plan.md"
    assert [] == missing(read("growth_plan.md"))


@pytest.mark.proves("growth-plan")
@pytest.mark.parametrize("section", SECTIONS)
def test_each_part_is_asked_for(section: str) -> None:
    """A plan without one of its parts is told which."""
    plan = read("growth_plan.md").replace(f"## {section}", "## Other")

    assert f"{section}: not there" == missing(plan)[0]


@pytest.mark.proves("growth-plan")
@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Agreed: 2026", "Agreed: soon, 2026", "Agreed: write a date, and with whom"),
        ("Review: 2027", "Review: about 2027", "Review: write a date"),
        ("2027-01-11", "2026-11-23", "Review: within 90 days, or it is a wish"),
        ("2027-01-11", "2027-02-22", "Review: within 90 days, or it is a wish"),
        ("Take a release", "- Take a release", "One thing: that is a list"),
        ("- Decides", "- Knows", "nobody can see that somebody 'knows'"),
        (
            "on 2026-12-16,",
            "soon,",
            "The task that shows it: write which, and its date",
        ),
    ],
)
def test_what_cannot_be_begun_is_named(old: str, new: str, fault: str) -> None:
    """A wish, a list, or something that nobody can see is named, and nothing else."""
    (found,) = missing(read("growth_plan.md").replace(old, new))

    assert found.endswith(fault)


@pytest.mark.proves("growth-plan")
def test_a_plan_without_acts() -> None:
    """What is seen must be written as acts, and the last day is within the limit."""
    text = read("growth_plan.md")
    last = date(2026, 11, 23) + timedelta(days=LONGEST)
    acts = "What you will see: write acts, each with a dash"

    assert [] == missing(text.replace("2027-01-11", f"{last}"))
    assert [acts] == missing(
        re.sub("^- (?=Decides|Writes|Tells)", "", text, flags=re.MULTILINE)
    )


@pytest.mark.harm("growth-plan")
def test_a_usual_plan_cannot_be_begun(output: Output) -> None:
    """A plan as they are written lacks eight things; nobody can say on any day whether it was kept."""
    "mentoring/growth_plan/growth_plan_dont.md"
    faults = missing(read("growth_plan_dont.md"))

    assert len(faults) == 8
    output.check("mentoring/growth_plan/growth_plan_dont.out", "\n".join(faults))


@pytest.mark.proves("ninety-days")
def test_three_dates_with_what_is_seen() -> None:
    """The plan of 90 days has three dates, 30 days apart, and each box says where it is seen."""
    "mentoring/growth_plan/ninety_days.md"
    text = read("ninety_days.md")
    first = date.fromisoformat(re.search(r"from (\S+)", text)[1])  # type: ignore[index]
    days = re.findall(r"^## Day (\d+): (\S+)$", text, re.MULTILINE)
    boxes = re.findall(r"^- \[ \] .+: .+$", text, re.MULTILINE)

    assert [first + timedelta(days=int(n)) for n, _ in days] == [
        date.fromisoformat(day) for _, day in days
    ]
    assert ["30", "60", "90"] == [n for n, _ in days]
    assert 9 == len(boxes) == text.count("- [ ]")


@pytest.mark.proves("ninety-days")
def test_the_minutes_of_a_one_to_one() -> None:
    """Half of a one-to-one belongs to the one who is helped, and it ends in time."""
    "mentoring/growth_plan/one_to_one.md"
    minutes = [int(n) for n in re.findall(r"\((\d+) minutes\)", read("one_to_one.md"))]

    assert 30 == sum(minutes)
    assert minutes[0] >= 15
