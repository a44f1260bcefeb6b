"""Budgets are counted, drawn, and asked of a Prometheus that remembers or forgets."""

from __future__ import annotations

import shutil
import subprocess
from itertools import accumulate
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import httpx
import pytest

from snippets.slos.error_budgets import minutes_dont
from snippets.slos.error_budgets.budget import (
    DAY,
    HOUR,
    MINUTE,
    PERIOD,
    budget,
    burn_rate,
    lasts,
    outage,
    spent,
)
from snippets.slos.error_budgets.requests import spent as spent_of
from tests.drawing import DO, DONT, QUIET, drawing
from tests.site.tools import require
from tests.waiting import wait_until

if TYPE_CHECKING:
    from handbook.outputs import Output

FOLDER = Path(__file__).parents[2] / "snippets/slos/error_budgets"
WINDOWS = {
    "day": DAY,
    "28 days": 28 * DAY,
    "30 days": PERIOD,
    "month": 365 * DAY / 12,
    "year": 365 * DAY,
}


def told(seconds: float) -> str:
    """Write a time in the unit that reads best."""
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


@pytest.mark.proves("request-budget")
def test_what_an_objective_leaves(output: Output) -> None:
    """99.9 % leaves 43.2 minutes of 30 days, 40.3 of 28, 43.8 of a month and 8.76 hours of a year."""
    minutes = {name: outage(0.999, window) / MINUTE for name, window in WINDOWS.items()}

    assert 43.2 == pytest.approx(minutes["30 days"])
    assert 40.32 == pytest.approx(minutes["28 days"])
    assert 43.8 == pytest.approx(minutes["month"])
    assert 8.76 == pytest.approx(minutes["year"] / 60)
    assert outage(0.999) == outage(0.999, PERIOD)
    rows = ["full outage in a  " + "  ".join(f"{name:8}" for name in WINDOWS)]
    for slo in (0.9, 0.99, 0.999, 0.9999, 0.99999):
        cells = [f"{told(outage(slo, window)):8}" for window in WINDOWS.values()]
        rows.append(f"{f'{slo * 100:g} %':17} {'  '.join(cells)}".rstrip())
    output.check("slos/error_budgets/outage.out", "\n".join(r.rstrip() for r in rows))


@pytest.mark.proves("request-budget")
def test_how_long_a_budget_lasts(output: Output) -> None:
    """At a burn rate of 1 it lasts its period, and a full outage at 99.9 % leaves 43.2 minutes."""
    rows = ["burn rate  errors at 99.9 %  the budget lasts"]
    for errors in (0.001, 0.002, 0.006, 0.01, 0.0144, 0.1, 1):
        burn = burn_rate(errors, 0.999)
        rows.append(f"{burn:<9.4g}  {errors * 100:<5g} %           {told(lasts(burn))}")

    assert pytest.approx(PERIOD) == lasts(burn_rate(0.001, 0.999))
    assert lasts(burn_rate(1, 0.999)) == pytest.approx(outage(0.999))
    assert 1 == pytest.approx(spent(14.4, lasts(14.4)))
    assert lasts(2, 28 * DAY) == 14 * DAY
    assert 0.5 == spent(1, 14 * DAY, 28 * DAY)
    assert pytest.approx(50 * HOUR) == lasts(14.4)
    assert 0.2 == pytest.approx(spent(1000, 8.64 * MINUTE))  # a post-mortem
    output.check("slos/error_budgets/lasts.out", "\n".join(rows))


DAYTIME, NIGHT = 100, 10  # requests a second
MONTH = 30 * 12 * HOUR * (DAYTIME + NIGHT)  # requests
INCIDENTS = {  # seconds, requests a second, share that fails
    "all fail, 40 min at night": (40 * MINUTE, NIGHT, 1),
    "all fail, 40 min at noon": (40 * MINUTE, DAYTIME, 1),
    "5 % fail, 5 h at noon": (5 * HOUR, DAYTIME, 0.05),
}


@pytest.mark.proves("request-budget")
@pytest.mark.harm("request-budget")
def test_minutes_are_not_what_users_lose(output: Output) -> None:
    """Minutes weigh a night like a noon, and do not see that one request in twenty fails."""
    "slos/error_budgets/minutes_dont.py"
    rows = [f"share of the budget spent   {'minutes':>7}  {'requests':>8}"]
    found = {}
    for name, (seconds, traffic, share) in INCIDENTS.items():
        down = seconds / MINUTE if share == 1 else 0
        counted = minutes_dont.spent(0.999, down)
        real = spent_of(0.999, seconds * traffic * share, MONTH)
        found[name] = (round(counted, 2), round(real, 2))
        rows.append(f"{name:27} {counted:7.0%}  {real:8.0%}")

    assert [(0.93, 0.17), (0.93, 1.68), (0, 0.63)] == [*found.values()]
    assert pytest.approx(142_560) == budget(0.999, MONTH)
    output.check("slos/error_budgets/minutes_dont.out", "\n".join(rows))


@pytest.mark.proves("request-budget")
def test_a_budget_burns_down(output: Output) -> None:
    """A month with a bleed and an outage spends the budget on the 22nd day."""
    errors = [0.0003] * 30  # each day's share
    errors[6:10] = [0.003] * 4
    errors[21] = 20 * MINUTE / DAY + 0.0003  # everything, for twenty minutes
    gone = [*accumulate(spent(burn_rate(share, 0.999), DAY) for share in errors)]
    left = [1, *(1 - each for each in gone)]

    assert left[21] > 0 > left[22]
    with drawing(
        "A budget over 30 days: it burns down, and is spent on day 22"
    ) as drawn:
        (axes,) = drawn.axes
        days = range(31)
        axes.plot(days[:22], [100 * each for each in left[:22]], color=DO)
        axes.plot(days[21:], [100 * each for each in left[21:]], color=DONT)
        axes.plot([0, 30], [100, 0], color=QUIET, lw=1, ls="--")
        axes.axhline(0, color=QUIET, lw=1)
        axes.text(10.3, 60, "3 × for four days", color=DO)
        axes.text(22.3, 12, "20 min outage", color=DONT)
        axes.text(18.5, 44, "burn rate 1", color=QUIET)
        axes.set(xlabel="days", ylabel="% of the budget left", xlim=(0, 30))
    output.check("slos/error_budgets/burning.svg", drawn.svg)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Write the blocks of thirty days, in which 6,000 of 15 million failed on the fifth.

    Of another service's as many failed on the first, of a third's none, though some
    were not found.
    """
    folder = tmp_path_factory.mktemp("month")
    end = int(time()) // (2 * HOUR) * 2 * HOUR
    lines = ["# TYPE http_requests counter"]
    for job, status, per_step, extra, since in (
        ("early", "200", 1_000_000, -6000, 1),
        ("early", "500", 0, 6000, 1),
        ("flawless", "200", 900_000, 0, 0),
        ("flawless", "404", 100_000, 0, 0),
        ("orders", "200", 1_000_000, -6000, 3),
        ("orders", "500", 0, 6000, 3),
    ):
        for step in range(16):
            value = step * per_step + (extra if step >= since else 0)
            moment = end - PERIOD + step * 2 * DAY
            name = f'http_requests_total{{job="{job}",status="{status}"}}'
            lines.append(f"{name} {value} {moment}")
    file = folder / "month.txt"
    file.write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")
    make = [require("promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*make, file, folder / "data"], check=True, capture_output=True)
    return folder, end


def answer(
    month: tuple[Path, int], name: str, folder: Path, *flags: str, later: int = 0
) -> dict[str, float]:
    """Start a Prometheus on these blocks, and ask it what is left, or will be later."""
    source, end = month
    shutil.copytree(source / "data", folder / "data")
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n", encoding="utf-8")
    command = [
        require("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--web.listen-address=127.0.0.1:0",
        *flags,
    ]
    log = folder / "log"
    with log.open("w") as stream, subprocess.Popen(command, stderr=stream) as process:
        try:
            text = wait_until(
                lambda: "TSDB started" in log.read_text() and log.read_text()
            )
            listens = 'msg="Listening on" address='
            text = wait_until(lambda: listens in log.read_text() and log.read_text())
            address = text.split(listens)[1].split()[0]
            wait_until(lambda: httpx.get(f"http://{address}/-/ready").is_success)
            query = (FOLDER / name).read_text(encoding="utf-8")
            found = httpx.get(
                f"http://{address}/api/v1/query",
                params={"query": query, "time": end + later},
            ).json()["data"]["result"]
        finally:
            process.terminate()
    return {each["metric"]["job"]: float(each["value"][1]) for each in found}


@pytest.mark.proves("budget-retention")
def test_a_prometheus_that_remembers_knows_what_is_left(
    month: tuple[Path, int], tmp_path: Path
) -> None:
    """With 32 days of data, the failures of the fifth day have cost 40 % of the budget, and no failures nothing."""
    "slos/error_budgets/left.promql"
    flag = "--storage.tsdb.retention.time=32d"
    found = answer(month, "left.promql", tmp_path, flag)

    left = {"early": 0.6, "flawless": 1, "orders": 0.6}
    assert left == pytest.approx(found, abs=0.001)


@pytest.mark.proves("budget-retention")
def test_a_gap_of_hours_thirty_days_ago_is_no_silence(
    month: tuple[Path, int], tmp_path: Path
) -> None:
    """With no sample in the twenty hours before, 30 days ago, there is still an answer."""
    "slos/error_budgets/left.promql"
    flag = "--storage.tsdb.retention.time=32d"
    found = answer(month, "left.promql", tmp_path, flag, later=20 * HOUR)

    assert 0.6 == pytest.approx(found["orders"], abs=0.06)


@pytest.mark.proves("budget-retention")
def test_a_prometheus_that_forgot_says_nothing(
    month: tuple[Path, int], tmp_path: Path
) -> None:
    """With the default retention the query of the page has no answer, so nobody is misled."""
    "slos/error_budgets/left.promql"

    assert {} == answer(month, "left.promql", tmp_path)


@pytest.mark.harm("budget-retention")
def test_fifteen_days_pass_for_thirty(
    month: tuple[Path, int], tmp_path: Path, output: Output
) -> None:
    """With the default retention a query over 30 days answers from 15, and calls it whole."""
    "slos/error_budgets/left_dont.promql"
    "slos/error_budgets/left.promql"
    folders = [tmp_path / name for name in ("short", "long")]
    for folder in folders:
        folder.mkdir()
    short = answer(month, "left_dont.promql", folders[0])
    long = answer(
        month, "left_dont.promql", folders[1], "--storage.tsdb.retention.time=32d"
    )

    assert {"early": 1, "orders": 1} == short
    assert {"early": 0.6, "orders": 0.6} == pytest.approx(long, abs=0.001)
    rows = [
        "left of the 30-day budget, asked over 30 days",
        f"retention 32d            {long['orders']:.0%}",
        f"retention 15d (default)  {short['orders']:.0%}",
    ]
    output.check("slos/error_budgets/left_dont.out", "\n".join(rows))
