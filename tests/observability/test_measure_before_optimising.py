"""A slow report is profiled, changed and timed; figures are bounded, never compared."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from cProfile import Profile
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

import httpx
import pytest

from snippets.observability.measure_before_optimising import (
    report,
    report_by_guess_dont,
    report_by_profile,
)
from snippets.observability.measure_before_optimising.dates import read_dates
from snippets.observability.measure_before_optimising.paired_timing import ratio
from snippets.observability.measure_before_optimising.profiling import ceiling, profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from handbook.outputs import Output

PAGE = "observability/measure_before_optimising"
SORT = "<built-in method builtins.sorted>"


def shares(table: str) -> dict[str, float]:
    """Read the share of each function, in percent, from a profile."""
    found = re.findall(r"^(.+?) +≈ ([\d.]+)%, at most ≈ [\d.]+×$", table, re.MULTILINE)
    return {name: float(share) for name, share in found}


def get(app: FastAPI) -> dict[str, str]:
    """Ask an app for the report, as a client does."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as a:
            return await a.get("/reports/customers")

    answer: dict[str, str] = asyncio.run(ask()).raise_for_status().json()
    return answer


def test_the_dates_are_read() -> None:
    """What is timed does something: ten dates, a second apart."""
    wanted = [datetime(2026, 11, 23, 9, 30, second, tzinfo=UTC) for second in range(10)]

    assert wanted == read_dates()


@pytest.mark.proves("profile-first")
def test_the_profile_names_the_look_up(output: Output) -> None:
    """The profile names the look-up of users, and gives the sort a tenth at most."""
    table = profile(report.customer_report)
    share = shares(table)

    assert ["find_user", "customer_report", SORT] == list(share)
    assert share["find_user"] > 60
    assert ceiling(share[SORT] / 100) < 1.1
    output.check(f"{PAGE}/profile.out", table)


@pytest.mark.proves("profile-first")
def test_an_async_handler_is_profiled_in_a_loop_of_its_own() -> None:
    """An async handler, run by asyncio, has the same culprit at the top."""

    async def handler() -> object:
        return report.customer_report()

    assert profile(lambda: asyncio.run(handler())).startswith("find_user")


@pytest.mark.proves("profile-first")
@pytest.mark.parametrize(("share", "most"), [(0, 1), (0.5, 2), (0.75, 4)])
def test_a_change_gives_no_more_than_its_ceiling(share: float, most: float) -> None:
    """Without half of the work the whole is twice as fast, and never more."""

    assert most == ceiling(share)


@pytest.mark.proves("profile-first")
def test_the_change_that_the_profile_names_pays(output: Output) -> None:
    """The report is more than twice as fast once its look-up is a dict."""
    times = ratio(report.customer_report, report_by_profile.customer_report)

    assert times > 2
    output.check(f"{PAGE}/report_by_profile.out", f"≈ {times:.1f}× as fast")


@pytest.mark.proves("profile-first")
def test_the_faster_report_says_the_same() -> None:
    """The changed endpoint answers the same JSON: ten customers, in order."""
    before, after = get(report.app), get(report_by_profile.app)

    assert 10 == len(after)
    assert [*before.items()] == [*after.items()]


@pytest.mark.proves("profile-first")
def test_an_unknown_user_fails_both_versions_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An order of nobody is an error before the change, and after it."""
    monkeypatch.setattr(report, "USERS", [])
    monkeypatch.setattr(report_by_profile, "USERS_BY_ID", {})

    for version in (report, report_by_profile):
        with pytest.raises(KeyError, match="usr-0"):
            version.customer_report()


@pytest.mark.harm("profile-first")
def test_the_guess_gains_nothing(output: Output) -> None:
    """A heap in the place of the sort answers the same, and gains less than 2×."""
    old, new = report.customer_report, report_by_guess_dont.customer_report
    times = ratio(old, new, rounds=10)

    assert get(report.app) == get(report_by_guess_dont.app)
    assert 0.5 < times < 2
    output.check(f"{PAGE}/report_by_guess_dont.out", f"≈ {times:.1f}× as fast")


def small() -> None:
    """Do nothing, as a call of its own."""


def many_calls() -> None:
    """Call something small, often."""
    for _ in range(2_000):
        small()


def one_call() -> int:
    """Do about as much in one call of C."""
    return sum(range(20_000))


def slowdown(call: Callable[[], object]) -> float:
    """Say how many times as long a call takes under cProfile."""
    return ratio(lambda: Profile().runcall(call), call, rounds=20)


def test_the_profiler_overstates_small_calls() -> None:
    """CProfile slows many small calls down more than one long call of C."""

    assert slowdown(many_calls) > 1.1 * slowdown(one_call)


@pytest.mark.proves("paired-timing")
def test_a_function_is_as_fast_as_itself(output: Output) -> None:
    """In pairs, after a warm-up, a function is no faster than itself."""
    times = ratio(read_dates, read_dates)

    assert 0.5 < times < 2
    output.check(f"{PAGE}/paired_timing.out", f"≈ {times:.1f}× as fast")


@pytest.mark.proves("paired-timing")
def test_half_of_the_work_is_faster() -> None:
    """A real difference is seen, in either direction."""

    def twice() -> None:
        read_dates()
        read_dates()

    assert 1.3 < ratio(twice, read_dates) < 3
    assert 1.3 < 1 / ratio(read_dates, twice) < 3


@pytest.mark.proves("paired-timing")
def test_the_versions_take_turns() -> None:
    """Each version is called once to warm up, then they are timed in turn."""
    calls: list[str] = []
    ratio(lambda: calls.append("old"), lambda: calls.append("new"), rounds=2)

    assert ["old", "new"] * 3 == calls


@pytest.mark.harm("paired-timing")
def test_timed_once_a_function_beats_itself(output: Output) -> None:
    """Timed once each in a fresh process, the second run of the same code wins."""
    command = [sys.executable, "-m", "snippets.observability.measure_before_optimising"]
    command[-1] += ".timed_once_dont"
    printed = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for _ in range(3)
    ]
    wins = [
        float(found[1]) for text in printed if (found := re.search(r"≈ ([\d.]+)", text))
    ]

    assert median(wins) > 2
    output.check(f"{PAGE}/timed_once_dont.out", printed[wins.index(median(wins))])


def test_the_first_date_imports_its_reader() -> None:
    """What the first call pays for: until then, strptime is not even imported."""
    source = """
import sys
from datetime import datetime

print("_strptime" in sys.modules)
datetime.strptime("23", "%d")
print("_strptime" in sys.modules)
"""
    command = [sys.executable, "-c", source]
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    assert ["False", "True"] == done.stdout.split()
