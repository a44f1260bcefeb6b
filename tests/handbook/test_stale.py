"""A page that nobody reviewed for a year is found, and says so itself."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handbook.stale import is_overdue, stale, today
from tests.projects import ROOT

if TYPE_CHECKING:
    from tests.projects import Project

WHAT = "check its claims and its sources, mend it, and write reviewed:"


@pytest.mark.parametrize(
    ("reviewed", "day", "late"),
    [
        ("2025-11-22", "2026-11-22", False),
        ("2025-11-22", "2026-11-23", True),
        ("2024-02-29", "2025-02-28", False),
        ("2024-02-29", "2025-03-01", True),
        ("2025-12-31", "2026-01-01", False),
    ],
)
def test_a_review_holds_for_twelve_months(
    reviewed: str, day: str, *, late: bool
) -> None:
    """It ends on the day after the same day of the next year."""
    assert late is is_overdue(date.fromisoformat(reviewed), date.fromisoformat(day))


def test_the_oldest_comes_first(project: Project) -> None:
    """Each page that is overdue is named, with what to do."""
    for name, reviewed in (("one", "2025-01-02"), ("two", "2024-01-01")):
        file = project.page("# Old\n", f"chapter/{name}.md")
        text = file.read_text(encoding="utf-8").replace("2026-11-22", reviewed)
        file.write_text(text, encoding="utf-8")

    assert [
        f"docs/chapter/two.md:1: last reviewed on 2024-01-01: {WHAT} 2026-11-22",
        f"docs/chapter/one.md:1: last reviewed on 2025-01-02: {WHAT} 2026-11-22",
    ] == stale(project.root, date(2026, 11, 22))


def run(project: Project, day: str) -> subprocess.CompletedProcess[str]:
    """Ask on a day, as `nox -s stale` does."""
    epoch = int(datetime.fromisoformat(f"{day}T12:00+00:00").timestamp())
    return subprocess.run(
        [sys.executable, "-m", "handbook", "stale"],
        check=False,
        capture_output=True,
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": str(epoch)},
        text=True,
    )


def test_the_command_fails_when_a_page_is_overdue(project: Project) -> None:
    """The scheduled run is red on the day after, and names every page."""
    fine, late = run(project, "2027-11-22"), run(project, "2027-11-23")

    assert (0, "") == (fine.returncode, fine.stderr)
    assert (1, 4) == (late.returncode, len(late.stderr.splitlines()))
    assert (
        f"docs/index.md:1: last reviewed on 2026-11-22: {WHAT} 2027-11-23"
        in late.stderr
    )


@pytest.mark.parametrize(("year", "said"), [("2026", False), ("2028", True)])
def test_an_overdue_page_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch, year: str, *, said: bool
) -> None:
    """The reader sees that the review is overdue, and what changed the page last."""
    epoch = datetime(int(year), 12, 1, tzinfo=UTC).timestamp()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(epoch)))
    html = Path(project.build(), "chapter/greeting/index.html").read_text("utf-8")
    words = "Owner: team. Reviewed: 2026-11-22, which is more than twelve months ago."
    history = "https://code.test/small/commits/main/docs/chapter/greeting.md"

    assert said is (words in html)
    assert f'<a href="{history}">Why did this change?</a>' in html


def test_the_day_is_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SOURCE_DATE_EPOCH it is the day of the clock."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    before = datetime.now(UTC).date()

    assert before <= today() <= datetime.now(UTC).date()
