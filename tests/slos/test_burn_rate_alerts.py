"""Budgets burn: on promtool's clock, on a real Prometheus, up to a real Alertmanager."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate, pairwise, zip_longest
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml

from snippets.slos.burn_rate_alerts.rules import (
    ORDERS,
    Objective,
    duration,
    rules,
)
from snippets.slos.burn_rate_alerts.windows import PAIRS
from snippets.slos.error_budgets.budget import DAY, MINUTE, PERIOD, burn_rate, spent
from snippets.slos.slis.indicators import failed, slow
from snippets.slos.slos.objectives import OBJECTIVES
from tests.drawing import DO, DONT, QUIET, drawing
from tests.loopback import Loopback
from tests.services import Service
from tests.site.tools import require
from tests.slos.incidents import INCIDENTS
from tests.slos.promtool import HISTORY, ask, notation
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from handbook.outputs import Output
    from tests.loopback import Request
    from tests.prometheus import Prometheus

FOLDER = Path(__file__).parents[2] / "snippets/slos/burn_rate_alerts"
RULES = FOLDER / "orders.yml"
QUICK = Path(__file__).with_name("quick.yml")
HEAD = """\
rule_files: [{rules}]
evaluation_interval: 3d # once, when the longest window is full
tests:
"""
FASTER = 500  # times: five minutes are 600 ms
BURNING = Objective("burning", 0.99, partial(failed, "burning"), period=PERIOD / FASTER)
QUICKER = [replace(p, long=p.long / FASTER, short=p.short / FASTER) for p in PAIRS]
Firing = dict[str, dict[int, set[str]]]


def moments(minutes: tuple[int, ...]) -> list[int]:
    """Give the minutes in which something changes, and those before."""
    return sorted({*minutes, *(minute - 1 for minute in minutes)})


def scenario(name: str, minute: int, expected: set[str] | None) -> str:
    """Write the test of a moment: three days of samples, and what fires at their end."""
    found = ", ".join(
        f"{{ labels: '{{window=\"{window}\"}}', value: 1 }}"
        for window in sorted(expected or ())
    )
    lines = [
        f'  - name: "{name}: minute {minute}"',
        "    interval: 1m",
        "    input_series:",
    ]
    for series, values in INCIDENTS[name].series(minute).items():
        lines += [f"      - series: {series}", f"        values: {values}"]
    marker = "" if expected is not None else "vector(1) or "
    return "\n".join(
        [
            *lines,
            "    promql_expr_test:",
            f"      - expr: {marker}count by (window) (ALERTS)",
            "        eval_time: 3d",
            f"        exp_samples: [{found}]",
            "",
        ]
    )


@pytest.fixture(scope="module")
def firing(tmp_path_factory: pytest.TempPathFactory) -> Firing:
    """Ask promtool which alerts fire in each minute of each incident."""
    file = tmp_path_factory.mktemp("incidents") / "incidents.yml"
    asked = [(n, m) for n, i in INCIDENTS.items() for m in moments((*i.minutes,))]
    tests = "".join(scenario(name, minute, None) for name, minute in asked)
    file.write_text(HEAD.format(rules=RULES) + tests, encoding="utf-8")
    told = re.findall(r"got: (.*)", ask(file)[0])
    found: Firing = {name: {} for name, _ in asked}
    for (name, minute), got in zip(asked, told, strict=True):
        found[name][minute] = {*re.findall(r'window="(\w+)"', got)}
    return found


def spans(minutes: Mapping[int, set[str]]) -> dict[str, tuple[int, int]]:
    """Give the minute in which each alert fires, and the one in which it resolves."""
    return {
        window: (
            min(m for m, windows in minutes.items() if window in windows),
            1 + max(m for m, windows in minutes.items() if window in windows),
        )
        for window in set[str]().union(*minutes.values())
    }


@pytest.mark.proves("burn-rate-alerts")
def test_each_alert_fires_and_resolves_in_its_minute(
    firing: Firing, output: Output
) -> None:
    """In eight incidents each alert fires and resolves in the minute that the page says."""
    long = ["1h", "6h", "1d", "3d"]
    found = {name: spans(minutes) for name, minutes in firing.items()}
    outage = {"1h": (1, 25), "6h": (3, 50), "1d": (5, 140), "3d": (5, 380)}

    assert outage == found["all fail for 20 min"]
    assert outage == found["all fail, and restart"]
    assert outage | {"1h": (2, 25)} == found["all fail, the first 500"]
    assert {
        "1h": (44, 242),
        "6h": (109, 262),
        "1d": (217, 343),
        "3d": (217, 583),
    } == found["2 % fail for 4 h"]
    assert {"1h": (1, 6)} == found["1 of 1 a minute fails"]
    for name in ("10 % fail for 1 min", "nobody asks", "it is not scraped"):
        assert {} == found[name]
    wide = max(map(len, found))
    rows = [
        f"{'':{wide}}  1h, 5m     6h, 30m     1d, 2h      3d, 6h",
        f"{'':{wide}}  page       page        ticket      ticket",
    ]
    for name, alerts in found.items():
        cells = [
            f"{alerts[w][0]} to {alerts[w][1]}" if w in alerts else "-" for w in long
        ]
        row = "  ".join(c.ljust(n) for c, n in zip(cells, (9, 10, 10, 8), strict=True))
        rows.append(f"{name:{wide}}  {row}".rstrip())
    output.check("slos/burn_rate_alerts/incidents.out", "\n".join(rows))


@pytest.mark.proves("burn-rate-alerts")
def test_the_test_file_expects_what_happens(firing: Firing, output: Output) -> None:
    """The file of promtool's tests holds each of these minutes, and the one before."""
    tests = [
        scenario(name, minute, windows)
        for name, minutes in firing.items()
        for minute, windows in minutes.items()
    ]
    tests[1] = marked("outage", tests[1])
    text = HEAD.format(rules="orders.yml") + "".join(tests)

    assert len(tests) == text.count("eval_time: 3d")
    output.check("slos/burn_rate_alerts/incidents_test.yml", text)


def marked(name: str, text: str) -> str:
    """Put the marks of a section, which a page shows, around some lines."""
    return f"  # --8<-- [start:{name}]\n{text}  # --8<-- [end:{name}]\n"


@pytest.mark.proves("burn-rate-alerts")
def test_arithmetic_foresees_each_minute(firing: Firing) -> None:
    """A full outage fires and resolves within the minute that the formulas give."""
    found = spans(firing["all fail for 20 min"])
    burn = burn_rate(1, ORDERS.slo)

    for pair, window in zip(PAIRS, ("1h", "6h", "1d", "3d"), strict=True):
        fires, ends = pair.fires_after(burn), pair.ends_after(burn)
        assert fires is not None
        assert ends is not None
        fired, resolved = found[window]
        assert fired - 1 < fires / MINUTE <= fired
        assert resolved - 1 < 20 + ends / MINUTE <= resolved


@pytest.mark.proves("generated-rules")
def test_the_rule_file_is_what_the_function_writes() -> None:
    """The file of orders is generated, promtool accepts it, and nothing waits for long."""
    committed = RULES.read_text(encoding="utf-8")
    plain = re.sub(r".*--8<--.*\n", "", committed)
    check = [require("promtool"), "check", "rules", "--lint=all", "--lint-fatal"]
    done = subprocess.run([*check, RULES], check=True, capture_output=True, text=True)

    assert rules(ORDERS) == plain
    assert "11 rules found" in done.stdout
    assert not re.search(r"^\s+for:", plain, re.MULTILINE)


@pytest.mark.proves("generated-rules")
@pytest.mark.parametrize("slo", [0.95, 0.99, 0.9995, 0.99875])
def test_any_objective_has_its_rules(slo: float, tmp_path: Path) -> None:
    """The same function writes the rules of another objective, for slow requests too."""
    file = tmp_path / "rules.yml"
    file.write_text(rules(Objective("fast", slo, partial(slow, "orders"))), "utf-8")
    check = [
        require("promtool"),
        "check",
        "rules",
        "--lint=all",
        "--lint-fatal",
        str(file),
    ]
    subprocess.run(check, check=True, capture_output=True)

    assert f"> 14.4 * {1 - slo:.6g}\n" in file.read_text(encoding="utf-8")


GRADED = """\
  - interval: 1m
    input_series:
      - series: {series[0]}
        values: {values[0]}
      - series: {series[1]}
        values: {values[1]}
    promql_expr_test:
"""
LIMITS = """\
  - interval: 1m
    promql_expr_test:
      - expr: count({__name__=~"job:slo_errors:ratio_rate.*",job="orders"} == 0)
        eval_time: 3d
        exp_samples: [{ value: 7 }]
    input_series:
      - series: http_requests_total{job="orders",status="200"}
        values: _x4310 0+100x10
"""
WINDOWS = {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": 1440, "3d": 4320}
SHORT = {"1h": "5m", "6h": "30m", "1d": "2h", "3d": "6h"}
FACTORS = {"1h": 14.4, "6h": 6, "1d": 3, "3d": 1}


STATUSES = [
    'http_requests_total{job="orders",status="200"}',
    'http_requests_total{job="orders",status="503"}',
]
DURATIONS = [
    'http_request_duration_seconds_bucket{job="orders",le="0.2"}',
    'http_request_duration_seconds_count{job="orders"}',
]


def windows(name: str, series: Sequence[str]) -> str:
    """Write a test in which each window has to be right.

    Traffic and failures change wherever a window begins, so no two windows have the
    same rate or ratio.

    Args:
        name: Of the objective.
        series: What counts the good requests, and what the bad ones or all.
    """
    bounds = [0, *WINDOWS.values()]  # minutes before the end
    parts = [
        (end - begin, 600 + 100 * n, 700 - 90 * n)
        for n, (begin, end) in enumerate(pairwise(bounds))
    ]  # minutes, good and bad in each
    counted = [
        (n, good, good + bad if series is DURATIONS else bad) for n, good, bad in parts
    ]
    values = [
        notation(
            [
                *accumulate(
                    [0, *(x for n, *per in reversed(counted) for x in [per[i]] * n)]
                )
            ]
        )
        for i in (0, 1)
    ]
    text = GRADED.format(series=series, values=values)
    good, bad = 0, 0
    for window, (length, per_good, per_bad) in zip(WINDOWS, parts, strict=True):
        good += length * per_good
        bad += length * per_bad
        text += f"      - expr: round(1e6 * job:slo_errors:ratio_rate{window})\n"
        text += "        eval_time: 3d\n        exp_samples:\n"
        text += f'          - labels: \'{{job="orders",slo="{name}"}}\'\n'
        text += f"            value: {round(1e6 * bad / (good + bad))}\n"
    return text


def limits() -> str:
    """Write a test in which each limit has to be right, and 0 where nothing failed.

    Each alert has a service at 0.1 % above its limit, and two that are below it in one
    of the windows.
    """
    text, alerts = LIMITS, []
    for long, short in SHORT.items():
        limit = FACTORS[long] * 0.001
        for job, high, low in (
            ("over", 1.001, 1.001),
            ("a", 1.001, 0.999),
            ("b", 0.999, 1.001),
        ):
            for window, value in ((long, high), (short, low)):
                labels = f'job="{job}-{long}",slo="{ORDERS.name}"'
                text += (
                    f"      - series: job:slo_errors:ratio_rate{window}{{{labels}}}\n"
                )
                text += f"        values: _x{HISTORY} {limit * value}\n"
        alerts.append(
            {
                "exp_labels": {
                    "job": f"over-{long}",
                    "slo": ORDERS.name,
                    "severity": "page" if long in {"1h", "6h"} else "ticket",
                    "window": long,
                },
                "exp_annotations": {
                    "summary": f"over-{long}: {limit * 100.1:.4g}% were bad in {long}",
                    "runbook_url": "https://runbooks.example.com/budget-burns",
                },
            }
        )
    expected = {"alertname": "BudgetBurns", "eval_time": "3d", "exp_alerts": alerts}
    return text + f"    alert_rule_test: [{json.dumps(expected)}]\n"


TEXT = re.sub(r".*--8<--.*\n", "", RULES.read_text(encoding="utf-8"))
NUMBERS = [*re.finditer(r"\d+(?:\.\d+)?", TEXT)]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Change each number of the rule file, and ask promtool; the first has no change."""
    folder = tmp_path_factory.mktemp("changed")
    first, second = windows(ORDERS.name, STATUSES), limits()
    files = []
    for index, found in enumerate([None, *NUMBERS]):
        text, recorded = TEXT, True
        if found:
            last = (int(found[0][-1]) + 1) % 10
            text = f"{TEXT[: found.end() - 1]}{last}{TEXT[found.end() :]}"
            recorded = found.start() < TEXT.index("- alert")
        (folder / f"rules{index}.yml").write_text(text, encoding="utf-8")
        files.append(folder / f"test{index}.yml")
        head = HEAD.format(rules=f"rules{index}.yml")
        tests = first + second if recorded else second
        files[-1].write_text(head + tests, encoding="utf-8")
    with ThreadPoolExecutor() as pool:  # one process for each core
        told = pool.map(lambda half: ask(*half), (files[::2], files[1::2]))
    even, odd = told
    return [each for pair in zip_longest(even, odd) for each in pair if each]


@pytest.mark.proves("burn-rate-alerts")
def test_the_numbers_are_right(changed: list[str]) -> None:
    """With the numbers as they are, each window and each limit is exact."""
    "slos/burn_rate_alerts/orders.yml"

    assert "SUCCESS" == changed[0].strip()


@pytest.mark.proves("burn-rate-alerts")
@pytest.mark.parametrize("index", range(len(NUMBERS)))
def test_no_number_can_change_unseen(changed: list[str], index: int) -> None:
    """Whichever number of the rule file is changed, promtool sees it."""
    "slos/burn_rate_alerts/orders.yml"

    assert "FAILED" in changed[index + 1], NUMBERS[index]


@pytest.mark.proves("generated-rules")
def test_slow_requests_are_counted_in_each_window(tmp_path: Path) -> None:
    """The rules of the objective for slow requests are exact in each of their windows."""
    _, latency = OBJECTIVES
    (tmp_path / "rules.yml").write_text(rules(latency), encoding="utf-8")
    file = tmp_path / "test.yml"
    head = HEAD.format(rules="rules.yml")
    file.write_text(head + windows(latency.name, DURATIONS), encoding="utf-8")

    assert ["SUCCESS"] == [told.strip() for told in ask(file)]


@pytest.mark.proves("generated-rules")
def test_an_objective_does_not_see_another(tmp_path: Path) -> None:
    """With the rules of both loaded, a tenth of slow requests is one ticket, of the objective for slow ones."""
    names = []
    for objective in OBJECTIVES:
        names.append(f"{objective.name}.yml")
        (tmp_path / names[-1]).write_text(rules(objective), encoding="utf-8")
    rates = dict(zip([STATUSES[0], *DURATIONS], (100, 90, 100), strict=True))
    test = {
        "interval": "1m",
        "input_series": [
            {"series": series, "values": f"0+{rate}x10"}
            for series, rate in rates.items()
        ],
        "promql_expr_test": [
            {
                "expr": "count by (slo, severity, window) (ALERTS)",
                "eval_time": "10m",
                "exp_samples": [
                    {
                        "labels": '{slo="orders-latency",severity="ticket",window="3d"}',
                        "value": 1,
                    }
                ],
            }
        ],
    }
    file = tmp_path / "both.yml"
    both = {"rule_files": names, "evaluation_interval": "1m", "tests": [test]}
    file.write_text(yaml.safe_dump(both), encoding="utf-8")

    assert ["SUCCESS"] == [told.strip() for told in ask(file)]


def fired(rule_file: Path, incident: str, folder: Path) -> tuple[int, int] | None:
    """Give when the alert of a rule file fires and resolves, minute by minute."""
    until = 120
    series = {
        name: notation(values)
        for name, values in INCIDENTS[incident].counters(until, history=HOURS).items()
    }
    fires = 'ALERTS{alertstate="firing"}'
    test = {
        "rule_files": [str(rule_file)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name, "values": values}
                    for name, values in series.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": f"{ends}_over_time(timestamp({fires})[1d:1m]) / 60",
                        "eval_time": f"{HOURS + until}m",
                        "exp_samples": [],
                    }
                    for ends in ("min", "max")
                ],
            }
        ],
    }
    file = folder / f"{rule_file.stem}-test.yml"
    file.write_text(yaml.safe_dump(test), encoding="utf-8")
    (told,) = ask(file)
    if "SUCCESS" in told:
        return None
    first, last = re.findall(r"got: .*} (\S+)", told)
    return round(float(first)) - HOURS, round(float(last)) - HOURS + 1


HOURS = 180  # minutes of history, where an hour is the longest window


@pytest.mark.harm("burn-rate-alerts")
def test_one_window_pages_for_little_or_for_too_long(
    output: Output, tmp_path: Path
) -> None:
    """A short window pages for a bad minute, a long one for an hour too much, both for neither."""
    "slos/burn_rate_alerts/short_dont.yml"
    "slos/burn_rate_alerts/long_dont.yml"
    both = tmp_path / "both.yml"
    both.write_text(rules(ORDERS, PAIRS[:1]), encoding="utf-8")
    files = {
        "5m alone": FOLDER / "short_dont.yml",
        "1h alone": FOLDER / "long_dont.yml",
        "both": both,
    }
    spike, outage = "10 % fail for 1 min", "all fail for 20 min"
    found = {
        name: [fired(file, incident, tmp_path) for incident in (spike, outage)]
        for name, file in files.items()
    }

    assert [(1, 6), (1, 25)] == found["5m alone"]
    assert [None, (1, 80)] == found["1h alone"]
    assert [None, (1, 25)] == found["both"]
    for file in files.values():
        assert "> 14.4 * 0.001\n" in file.read_text(encoding="utf-8")
    assert pytest.approx(1 / 432) == spent(burn_rate(0.1, 0.999), MINUTE)
    rows = [f"{'':8}  {spike}  {outage}"]
    for name, spans in found.items():
        cells = [f"{span[0]} to {span[1]}" if span else "-" for span in spans]
        rows.append(f"{name:8}  {cells[0]:{len(spike)}}  {cells[1]}")
    output.check("slos/burn_rate_alerts/one_window.out", "\n".join(rows))


@pytest.mark.proves("burn-rate-alerts")
def test_the_picture_shows_both_windows(output: Output) -> None:
    """Both windows cross the limit in the first minute, and the short one leaves it."""
    answered = INCIDENTS["all fail for 20 min"].answered
    bad = [answered(minute)[1] for minute in range(-60, 101)]
    minutes = range(101)
    share = {
        length: [sum(bad[60 + m - length + 1 : 60 + m + 1]) / length for m in minutes]
        for length in (5, 60)
    }
    limit = 1.44  # percent
    both = [m for m in minutes if min(share[5][m], share[60][m]) > limit]

    assert (1, 24) == (both[0], both[-1])
    told = "Share of bad requests in five minutes and in an hour, and when both exceed"
    with drawing(told) as drawn:
        (axes,) = drawn.axes
        axes.axvspan(both[0], both[-1] + 1, color=DONT, alpha=0.15, lw=0)
        axes.plot(minutes, share[5], color=DONT)
        axes.plot(minutes, share[60], color=DO)
        axes.axhline(limit, color=QUIET, lw=1, ls="--")
        axes.text(12, 104, "page", color=DONT, ha="center")
        axes.text(24, 60, "5 minutes", color=DONT)
        axes.text(45, 38, "1 hour", color=DO)
        axes.text(84, 4, "14.4 × 0.1 %", color=QUIET)
        axes.set(xlabel="minutes", ylabel="% bad", ylim=(0, 115), xlim=(0, 100))
    output.check("slos/burn_rate_alerts/windows.svg", drawn.svg)


@pytest.mark.proves("burn-rate-alerts")
def test_the_factors_follow_from_the_shares(output: Output) -> None:
    """2, 5, 10 and 10 % of a 30-day budget are factors of 14.4, 6, 3 and 1; an outage takes 52 s."""
    slo = 0.999
    rows = ["budget  window  factor  above    full outage fires after"]
    for pair, (long, factor) in zip(PAIRS, FACTORS.items(), strict=True):
        fires = pair.fires_after(burn_rate(1, slo))
        assert factor == pair.factor()
        assert pytest.approx(pair.share) == spent(factor, pair.long)
        rows.append(
            f"{pair.share:4.0%}    {long:6}  {factor:<6g}  "
            f"{factor * (1 - slo):6.2%}   {fires:.0f} s"
        )

    assert pytest.approx(13.44) == PAIRS[0].factor(28 * DAY)
    assert pytest.approx(150) == PAIRS[0].ends_after(2 * 13.44, 28 * DAY)
    assert 51.84 == pytest.approx(PAIRS[0].fires_after(burn_rate(1, slo)) or 0)
    output.check("slos/burn_rate_alerts/factors.out", "\n".join(rows))


@pytest.mark.proves("burn-rate-alerts")
def test_one_of_ten_requests_burns_a_hundred_times_too_fast(output: Output) -> None:
    """One failure of ten in an hour is a burn rate of 100, and 13.9 % of the budget."""
    slo, hourly = 0.999, 10
    allowed = (1 - slo) * hourly * 24 * 30
    burn = burn_rate(1 / hourly, slo)

    assert 100 == pytest.approx(burn)
    assert 0.139 == pytest.approx(1 / allowed, abs=5e-4)
    assert 1 / allowed == pytest.approx(spent(burn, 3600))
    limit = PAIRS[0].factor() * (1 - slo)
    most = max(n for n in range(1, 1000) if 1 / n > limit)
    assert 69 == most
    rows = [
        f"failures in the hour     1 of {hourly}, {1 / hourly:.0%}",
        f"allowed                  {1 - slo:.1%}",
        f"burn rate                {1 / hourly:.0%} / {1 - slo:.1%} = {burn:.0f}",
        f"failures in 30 days      {allowed:.1f}",
        f"spent by one             {1 / allowed:.1%}",
        f"one pages, up to         {most} requests an hour",
    ]
    output.check("slos/burn_rate_alerts/low_traffic.out", "\n".join(rows))


@pytest.mark.proves("burn-rate-alerts")
def test_what_a_series_begins_with_is_not_counted(tmp_path: Path) -> None:
    """A hundred failures, one on each of a hundred routes, are none: no counter rose."""
    "slos/burn_rate_alerts/orders.yml"
    routes = [
        {
            "series": f'http_requests_total{{job="orders",endpoint="{n}",status="500"}}',
            "values": f"_x{HOURS} 1x5",
        }
        for n in range(100)
    ]
    well = {
        "series": 'http_requests_total{job="orders",status="200"}',
        "values": f"0+10x{HOURS + 5}",
    }
    record = 'job:slo_errors:ratio_rate5m{job="orders",slo="orders-availability"}'
    test = {
        "interval": "1m",
        "input_series": [well, *routes],
        "promql_expr_test": [
            {
                "expr": "job:slo_errors:ratio_rate5m",
                "eval_time": f"{HOURS + 5}m",
                "exp_samples": [{"labels": record, "value": 0}],
            }
        ],
    }
    file = tmp_path / "first.yml"
    file.write_text(
        yaml.safe_dump({"rule_files": [str(RULES)], "tests": [test]}), encoding="utf-8"
    )

    assert ["SUCCESS"] == [told.strip() for told in ask(file)]


@pytest.mark.proves("burn-rate-alerts")
@pytest.mark.parametrize(("seconds", "minutes"), [(15, 30), (60, 30), (240, 14)])
def test_the_short_window_needs_several_scrapes(
    seconds: int, minutes: int, tmp_path: Path
) -> None:
    """In half an hour of outage the page fires in each minute; scraped every four minutes, on and off in 14."""
    "slos/burn_rate_alerts/orders.yml"
    assert minutes == firing_minutes(seconds, tmp_path)


@pytest.mark.proves("burn-rate-alerts")
def test_a_scrape_in_six_minutes_pages_nobody(tmp_path: Path) -> None:
    """Scraped every six minutes, the page of five never fires, whatever fails."""
    "slos/burn_rate_alerts/orders.yml"
    assert firing_minutes(360, tmp_path) == 0


def firing_minutes(seconds: int, folder: Path) -> int:
    """Count the minutes in which the fast page fires, in half an hour of outage."""
    times = range(0, (HOURS + 30) * 60 + 1, seconds)
    outage = HOURS * 60
    counted = {
        "200": [10 * min(time, outage) for time in times],
        "500": [10 * max(0, time - outage) for time in times],
    }
    count = 'count_over_time(ALERTS{window="1h"}[30m:1m])'
    test = {
        "interval": f"{seconds}s",
        "input_series": [
            {
                "series": f'http_requests_total{{job="orders",status="{status}"}}',
                "values": notation(values),
            }
            for status, values in counted.items()
        ],
        "promql_expr_test": [
            {"expr": count, "eval_time": f"{HOURS + 30}m", "exp_samples": []}
        ],
    }
    rows = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}
    file = folder / "scraped.yml"
    file.write_text(yaml.safe_dump(rows), encoding="utf-8")
    (told,) = ask(file)
    return int(float(found[1])) if (found := re.search(r"got: .*} (\S+)", told)) else 0


@pytest.mark.proves("generated-rules")
def test_an_alert_that_cannot_fire_is_refused(output: Output) -> None:
    """A factor that a full outage does not reach is an error, and 1 - 1/f is the last."""
    rows = ["objective  full outage burns  14.4  6    3    1"]
    for slo in (0.999, 0.99, 0.95, 0.93, 0.9, 0.8):
        reach = ["yes" if pair.can_fire(slo) else "-" for pair in PAIRS]
        cells = f"{reach[0]:4}  {reach[1]:3}  {reach[2]:3}  {reach[3]}"
        rows.append(f"{slo:<9.1%}  {burn_rate(1, slo):<17.4g}  {cells}")
        wanted = Objective("lax", slo, partial(failed, "orders"))
        if "-" in reach:
            with pytest.raises(ValueError, match="is over 1"):
                rules(wanted)
        else:
            assert rules(wanted)

    assert not PAIRS[0].can_fire(1 - 1 / 14.4)
    assert PAIRS[0].can_fire(0.9306)
    assert PAIRS[0].fires_after(14.4) is PAIRS[0].ends_after(14.4) is None
    assert PAIRS[0].fires_after(burn_rate(1, 0.9)) is None
    assert PAIRS[0].ends_after(burn_rate(1, 0.9)) is None
    output.check("slos/burn_rate_alerts/reach.out", "\n".join(rows))


@pytest.mark.proves("generated-rules")
@pytest.mark.parametrize("slo", [99.9, 1, 0, -0.999])
def test_a_percentage_is_no_objective(slo: float) -> None:
    """A percentage, everything and nothing are refused: the limit of 99.9 is below 0, and every ratio above it."""
    with pytest.raises(ValueError, match="is no share"):
        Objective("orders", slo, partial(failed, "orders"))


@pytest.mark.harm("generated-rules")
def test_a_lax_objective_sleeps_through_the_outage(
    output: Output, tmp_path: Path
) -> None:
    """With the factor of a strict objective nothing fires while everything fails."""
    "slos/burn_rate_alerts/lax_dont.yml"
    lax = FOLDER / "lax_dont.yml"
    meant = tmp_path / "meant.yml"
    meant.write_text(
        lax.read_text(encoding="utf-8").replace("14.4 *", "6 *"), encoding="utf-8"
    )
    found = {
        "14.4 * 0.1": fired(lax, "all fail for 2 h", tmp_path),
        "6 * 0.1": fired(meant, "all fail for 2 h", tmp_path),
    }

    assert {"14.4 * 0.1": None, "6 * 0.1": (37, 121)} == found
    rows = ["every request fails for two hours, objective 90 %"]
    for limit, span in found.items():
        did = f"fires in minute {span[0]}" if span else "silent"
        rows.append(f"above {limit:10}  {did}")
    output.check("slos/burn_rate_alerts/lax_dont.out", "\n".join(rows))


@pytest.fixture(scope="module")
def burning(prometheus: Prometheus) -> Iterator[tuple[Prometheus, httpx.Client]]:
    """Start a service that fails as often as it is told."""
    (port,) = prometheus.ports("burning")
    name = f"{__name__}.burning"
    with (
        Service("tests.slos.served", name, PORT=port) as service,
        httpx.Client(base_url=service.address) as client,
    ):
        send(client, 1, 0)
        prometheus.wait_for_scrape("burning")
        yield prometheus, client


def send(client: httpx.Client, well: int, failing: int) -> None:
    """Ask for so many answers of each kind."""
    for status, count in ((200, well), (500, failing)):
        for _ in range(count):
            client.get(f"/answers/{status}")


def states(prometheus: Prometheus, since: float) -> list[set[str]]:
    """Name the windows of the alerts that fired, at each evaluation since a time."""
    found = prometheus.get(
        "/query", query='ALERTS{alertname="BudgetBurns",job="burning"}[5m]'
    )
    fired = defaultdict[float, set[str]](set)
    for series in found["result"]:
        for at, _ in series["values"]:
            fired[at].add(series["metric"]["window"])
    return [fired[at] for at in sorted(fired) if at > since]


@pytest.mark.proves("burn-rate-alerts")
@pytest.mark.proves("generated-rules")
def test_a_real_prometheus_fires_and_resolves(
    burning: tuple[Prometheus, httpx.Client],
) -> None:
    """Healthy, all are silent; at ten times the budget three fire; then all; then the fast one ends."""
    prometheus, client = burning
    fast, *slower = (duration(pair.long) for pair in QUICKER)

    def reach(wanted: set[str], well: int, failing: int) -> None:
        """Send until these fire: a window of 600 ms is soon empty, a scrape soon late."""
        since = time()

        def reached() -> bool:
            send(client, well, failing)
            return wanted in states(prometheus, since)

        wait_until(reached, f"{wanted} fire")

    assert rules(BURNING, QUICKER) == QUICK.read_text(encoding="utf-8")
    begin = time()
    send(client, 20, 0)
    prometheus.wait_for_scrape("burning")
    assert states(prometheus, begin) == []
    reach({*slower}, 9, 1)
    reach({fast, *slower}, 0, 10)
    reach({*slower}, 10, 0)


class Receiver(Loopback):
    """A pager and a queue of tickets, which keep every message.

    Attributes:
        messages: Who is told, of which windows, and whether it goes on.
        groups: Who is told, and by which key he knows that it is the same problem.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], str]] = []
        self.groups: set[tuple[str, str]] = set()
        super().__init__()

    def answer(self, request: Request) -> None:
        """Keep a message."""
        message, told = json.loads(request.body()), request.path.strip("/")
        windows = sorted(alert["labels"]["window"] for alert in message["alerts"])
        self.messages.append((told, windows, message["status"]))
        self.groups.add((told, message["groupKey"]))
        request.reply(200)


@dataclass
class Alertmanager:
    """A real one.

    Attributes:
        address: Where it takes alerts, and tells them.
        receiver: What gets its messages.
    """

    address: str
    receiver: Receiver

    def tell(self, *alerts: Mapping[str, str], **times: str) -> None:
        """Tell it of alerts, as Prometheus does."""
        sent = [{"labels": each, **times} for each in alerts]
        assert httpx.post(self.address, json=sent).is_success

    def sends(self, *messages: tuple[str, list[str], str]) -> bool:
        """Wait until as many were sent, and say whether they are these."""
        wait_until(lambda: len(self.receiver.messages) >= len(messages))
        return sorted(messages) == sorted(self.receiver.messages)

    def held(self) -> list[str]:
        """Name the windows of the alerts that it holds back."""
        alerts = httpx.get(self.address).json()
        inhibited = [each for each in alerts if each["status"]["inhibitedBy"]]
        return sorted(each["labels"]["window"] for each in inhibited)


OUTAGE = [("orders", "orders-availability", index) for index in range(4)]
OTHERS = [  # other objectives of the service, and other services of the objective
    ("orders", "orders-latency", 3),
    ("orders", "orders-freshness", 0),
    ("stock", "orders-availability", 0),
    ("mail", "orders-availability", 3),
]


@contextmanager
def alertmanager(routes: str, folder: Path) -> Iterator[Alertmanager]:
    """Start an Alertmanager that waits for less long."""
    with Receiver() as receiver:
        text = (FOLDER / routes).read_text(encoding="utf-8")
        text = re.sub(
            r"https://(pager|tickets)\S+/alerts", rf"{receiver.address}/\1", text
        )
        config = folder / "alertmanager.yml"
        quick = "group_wait: 100ms\n  group_interval: 200ms"
        config.write_text(text.replace("group_wait: 30s", quick), "utf-8")
        command = [
            require("prometheus-alertmanager"),
            f"--config.file={config}",
            f"--storage.path={folder}",
            "--web.listen-address=127.0.0.1:0",
            "--cluster.listen-address=",
        ]
        log = folder / "log"
        with (
            log.open("w") as stream,
            subprocess.Popen(command, stderr=stream) as process,
        ):
            try:
                found = wait_until(
                    lambda: (
                        re.search(r'Listening on" address=(\S+)', log.read_text())
                        or re.search(r"address=(127\.0\.0\.1:\d+)", log.read_text())
                    )
                )
                yield Alertmanager(f"http://{found[1]}/api/v2/alerts", receiver)
            finally:
                process.terminate()


def labels(job: str, slo: str, index: int) -> dict[str, str]:
    """Give the labels of an alert as the rules have them."""
    long = [*SHORT][index]
    severity = PAIRS[index].severity
    names = {"alertname": "BudgetBurns", "job": job, "slo": slo}
    return {**names, "severity": severity, "window": long}


@pytest.mark.proves("slo-routing")
def test_pages_and_tickets_reach_who_they_are_for() -> None:
    """Alertmanager's own tool sends fast burns to the pager, slow ones to tickets."""
    "slos/burn_rate_alerts/alertmanager.yml"
    found = [
        rule["labels"]
        for group in yaml.safe_load(rules(ORDERS))["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    told = []
    for each in found:
        words = [f"{name}={value}" for name, value in each.items()]
        file = f"--config.file={FOLDER / 'alertmanager.yml'}"
        command = [require("amtool"), "config", "routes", "test", file, *words]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told.append(done.stdout.strip())

    assert ["pager", "pager", "tickets", "tickets"] == told


@pytest.mark.proves("slo-routing")
def test_one_outage_is_one_page(tmp_path: Path) -> None:
    """An outage is one message to the pager; its tickets wait, those of others do not."""
    "slos/burn_rate_alerts/alertmanager.yml"
    with alertmanager("alertmanager.yml", tmp_path) as running:
        running.tell(*[labels(*each) for each in OUTAGE + OTHERS])
        others = [("pager", ["1h"], "firing"), ("tickets", ["3d"], "firing")] * 2

        assert running.sends(("pager", ["1h", "6h"], "firing"), *others)
        assert ["1d", "3d"] == running.held()


@pytest.mark.proves("slo-routing")
def test_the_second_page_is_the_same_problem_and_tickets_follow(tmp_path: Path) -> None:
    """A page that fires later updates the message of the first; once both resolve, the tickets go out."""
    "slos/burn_rate_alerts/alertmanager.yml"
    first, *later = [labels(*each) for each in OUTAGE]
    with alertmanager("alertmanager.yml", tmp_path) as running:
        running.tell(first)
        paged = [("pager", ["1h"], "firing")]
        assert running.sends(*paged)
        running.tell(*later)
        paged.append(("pager", ["1h", "6h"], "firing"))
        assert running.sends(*paged)
        running.tell(first, later[0], endsAt=datetime.now(UTC).isoformat())
        paged.append(("pager", ["1h", "6h"], "resolved"))
        assert running.sends(*paged, ("tickets", ["1d", "3d"], "firing"))
        assert 1 == len([who for who, _ in running.receiver.groups if who == "pager"])


@pytest.mark.harm("slo-routing")
def test_one_outage_is_four_messages(output: Output, tmp_path: Path) -> None:
    """Grouped by every label, without inhibition, an outage is two pages and two tickets."""
    "slos/burn_rate_alerts/alertmanager_dont.yml"
    with alertmanager("alertmanager_dont.yml", tmp_path) as running:
        running.tell(*[labels(*each) for each in OUTAGE])
        pages = [("pager", [window], "firing") for window in ("1h", "6h")]
        tickets = [("tickets", [window], "firing") for window in ("1d", "3d")]

        assert running.sends(*pages, *tickets)
        assert [] == running.held()
    rows = ["messages of one outage  pager  tickets", f"{'':24}2      2"]
    output.check("slos/burn_rate_alerts/alertmanager_dont.out", "\n".join(rows))
