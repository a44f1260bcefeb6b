"""Five metrics from a log of deployments, and what each of them hides."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from snippets.delivery.dora_metrics.log import read
from snippets.delivery.dora_metrics.mean_dont import lead_time
from snippets.delivery.dora_metrics.metrics import Metrics, Share, measure
from snippets.delivery.dora_metrics.runs_dont import change_fail_rate
from snippets.delivery.dora_metrics.target_dont import reached
from tests.drawing import DO, DONT, QUIET, drawing
from tests.site.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from handbook.outputs import Output
    from snippets.delivery.dora_metrics.log import Deployment

SNIPPETS = ROOT / "snippets"
EVENTS = SNIPPETS / "delivery/dora_metrics/events.json"
PERIOD = timedelta(weeks=4)


@pytest.fixture
def deployments() -> list[Deployment]:
    """Read the log of the page."""
    return read(EVENTS)


def told(time: timedelta | None) -> str:
    """Write a time in hours."""
    return f"{time / timedelta(hours=1):.1f} h" if time else "none"


def shown(metrics: Metrics) -> str:
    """Write the table of the page."""

    def share(each: Share) -> str:
        low, high = each.between()
        return f"{each.some} of {each.all}, 95 %: {low:.0%} to {high:.0%}"

    return "\n".join(
        [
            f"change lead time           {told(metrics.lead_time)}, half of them",
            f"                           {told(metrics.lead_time_90)}, nine in ten",
            f"deployment frequency       {metrics.per_week:.1f} a week",
            f"failed deployment recovery {told(metrics.recovery_time)}, half of them",
            f"change fail rate           {share(metrics.change_fail)}",
            f"deployment rework rate     {share(metrics.rework)}",
        ]
    )


@pytest.mark.proves("dora-metrics")
def test_the_five_are_counted_from_the_log(
    deployments: list[Deployment], output: Output
) -> None:
    """Each metric is what a count of the log's lines gives."""
    file = SNIPPETS / "delivery/dora_metrics/events.json"
    events = json.loads(file.read_text("utf-8"))
    at = {
        next(iter(each.values())): datetime.fromisoformat(each["at"])
        for each in events
        if "failed" not in each and "recovered" not in each
    }
    deploys = [each for each in events if "deploy" in each]
    waited = sorted(at[d["deploy"]] - at[c] for d in deploys for c in d["commits"])
    recovered = sorted(
        datetime.fromisoformat(each["at"]) - at[each["recovered"]]
        for each in events
        if "recovered" in each
    )
    metrics = measure(deployments, PERIOD)

    assert sum("commit" in each for each in events) == len(waited)
    assert 0.5 == sum(each <= metrics.lead_time for each in waited) / len(waited)
    assert waited[-5] == metrics.lead_time_90  # 42 of 46 are no slower
    assert len(deploys) / 4 == metrics.per_week
    assert recovered[1] == metrics.recovery_time  # of four
    assert 4 == len(recovered) == metrics.change_fail.some
    assert sum("unplanned" in each for each in events) == metrics.rework.some
    assert len(deploys) == metrics.change_fail.all == metrics.rework.all
    output.check("delivery/dora_metrics/metrics.out", shown(metrics))


EARLY, LATE = "2026-10-05T08:00Z", "2026-10-05T10:00Z"
COMMIT = {"commit": "c1", "at": EARLY}
DEPLOY = {"deploy": "d1", "at": LATE, "commits": ["c1"]}
BOTH = {**DEPLOY, "commits": ["c1", "c2"]}
FAILED = {"failed": "d1", "at": LATE}
RECOVERED = {"recovered": "d1", "at": LATE}


@pytest.mark.proves("dora-metrics")
@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([DEPLOY], "event 1: there is no commit c1 above: {'deploy'"),
        ([COMMIT, {**COMMIT, "at": LATE}], "event 2: c1 was there before: "),
        ([COMMIT, DEPLOY, DEPLOY], "event 3: d1 was deployed before: "),
        (
            [{**COMMIT, "at": LATE}, {**DEPLOY, "at": EARLY}],
            "event 2: d1 is older than its commit: ",
        ),
        (
            [COMMIT, {"commit": "c2", "at": "2026-10-05T11:00Z"}, BOTH],
            "event 3: d1 is older than its commit: ",
        ),
        ([FAILED], "event 1: there is no deployment d1 above: "),
        (
            [COMMIT, DEPLOY, RECOVERED],
            "event 3: d1 has not failed: ",
        ),
        (
            [COMMIT, DEPLOY, FAILED, RECOVERED, RECOVERED],
            "event 5: d1 has recovered before: ",
        ),
        ([{"comit": "c1", "at": EARLY}], "event 1: is of no kind that is known"),
        ([{"commit": "c1", "at": "yesterday"}], "event 1: Invalid isoformat string"),
        ([COMMIT, {**DEPLOY, "commits": 1}], "event 2: 'int' object is not iterable"),
        (
            [COMMIT, {**DEPLOY, "commits": []}],
            "event 2: d1 brings no commit: leave it out: ",
        ),
        (
            [COMMIT, DEPLOY, {**DEPLOY, "deploy": "d2"}],
            "event 3: c1 came with d1: ",
        ),
        (
            [COMMIT, DEPLOY, FAILED, {"recovered": "d1", "at": EARLY}],
            "event 4: d1 was deployed after that: ",
        ),
        (
            [{**COMMIT, "at": "2026-10-05T08:00"}],
            "event 1: 2026-10-05T08:00 has no zone: end it with Z: ",
        ),
    ],
)
def test_an_event_that_cannot_be_is_named(
    events: list[dict[str, Any]], why: str, tmp_path: Path
) -> None:
    """A log that contradicts itself is refused, by the number of the event."""
    file = tmp_path / "log.json"
    file.write_text(json.dumps(events), "utf-8")
    with pytest.raises(ValueError, match=r"log\.json: ") as refused:
        read(file)

    assert str(refused.value).startswith(f"log.json: {why}")


def logged(tmp_path: Path, *events: dict[str, Any]) -> list[Deployment]:
    """Read a log of a commit, its deployment, and what came after."""
    file = tmp_path / "log.json"
    file.write_text(json.dumps([COMMIT, DEPLOY, *events]), "utf-8")
    return read(file)


@pytest.mark.proves("dora-metrics")
def test_what_is_not_over_is_no_recovery(tmp_path: Path) -> None:
    """A failure without an end, and a log without a deployment, give no number."""
    second = {"commit": "c2", "at": LATE}
    deploy = {"deploy": "d2", "at": "2026-10-05T12:00Z", "commits": ["c2"]}
    with pytest.raises(ValueError, match="has not recovered"):
        measure(logged(tmp_path, second, deploy, FAILED), PERIOD)
    with pytest.raises(ValueError, match="no deployment"):
        measure([], PERIOD)

    assert measure(logged(tmp_path, second, deploy), PERIOD).recovery_time is None


@pytest.mark.proves("dora-metrics")
def test_a_time_may_be_nothing(tmp_path: Path) -> None:
    """A commit that is deployed, or a failure that is over, in its minute took no time."""
    second = {"commit": "c2", "at": LATE}
    deploy = {"deploy": "d2", "at": LATE, "commits": ["c2"]}
    metrics = measure(logged(tmp_path, FAILED, RECOVERED, second, deploy), PERIOD)

    assert [timedelta(), timedelta()] == [metrics.lead_time, metrics.recovery_time]


@pytest.mark.proves("dora-metrics")
@pytest.mark.parametrize(
    ("share", "low", "high"),
    [(Share(0, 10), 0, 0.278), (Share(5, 10), 0.237, 0.763), (Share(10, 10), 0.722, 1)],
)
def test_the_interval_is_that_of_wilson(share: Share, low: float, high: float) -> None:
    """Its ends solve the equation that the interval comes from."""
    found = share.between()

    assert (low, high) == pytest.approx(found, abs=0.001)
    for end in found:
        p, n = share.some / share.all, share.all
        assert (p - end) ** 2 == pytest.approx(1.96**2 * end * (1 - end) / n)


@pytest.mark.harm("dora-metrics")
def test_one_old_branch_moves_the_mean(
    deployments: list[Deployment], output: Output
) -> None:
    """A branch of three commits makes the mean over ten times the median."""
    days = timedelta(days=10)
    young = [
        each for each in deployments if all(waited < days for waited in each.waited)
    ]
    usual = measure(deployments, PERIOD).lead_time
    rest = measure(young, PERIOD).lead_time

    assert 1 == len(deployments) - len(young)
    assert lead_time(deployments) > 10 * usual
    assert lead_time(young) < 2 * usual
    rows = [
        f"{'':<24}{'mean':>8}{'median':>9}",
        f"{'all':<24}{told(lead_time(deployments)):>8}{told(usual):>9}",
        f"{'without one deployment':<24}{told(lead_time(young)):>8}{told(rest):>9}",
    ]
    output.check("delivery/dora_metrics/mean_dont.out", "\n".join(rows))


@pytest.mark.proves("dora-metrics")
def test_where_the_commits_are(deployments: list[Deployment], output: Output) -> None:
    """Most commits wait for hours; three of 46 wait for weeks."""
    hour = timedelta(hours=1)
    waited = sorted(w / hour for each in deployments for w in each.waited)
    mean = lead_time(deployments) / hour
    half = measure(deployments, PERIOD).lead_time / hour
    with drawing(
        f"The lead time of {len(waited)} commits, each a dot, on a logarithmic axis:"
        f" half are below {half:.1f} hours, the mean is {mean:.0f} hours,"
        f" three are above 400 hours.",
        height=1.8,
    ) as drawn:
        axes = drawn.axes[0]
        axes.set_xscale("log")
        axes.set_ylim(-0.3, 1.5)
        axes.get_yaxis().set_visible(False)
        axes.spines["left"].set_visible(False)
        heights = [index % 5 / 5 for index in range(len(waited))]
        axes.plot(waited, heights, "o", markersize=3, color=QUIET)
        for name, value, color in (("median", half, DO), ("mean", mean, DONT)):
            axes.axvline(value, color=color)
            axes.text(value * 1.1, 1.2, f"{name} {value:.0f} h", color=color)
        axes.set_xticks([0.1, 1, 10, 100, 1000], ["6 min", "1 h", "10 h", "4 d", "6 w"])
        axes.minorticks_off()

    assert 3 == sum(each > 400 for each in waited)
    assert waited[-4] < mean < waited[-3]
    output.check("delivery/dora_metrics/waited.svg", drawn.svg)


@pytest.mark.harm("dora-metrics")
def test_a_pipeline_without_tests_never_fails(
    deployments: list[Deployment], output: Output
) -> None:
    """Counted by runs, fewer tests are better delivery, and users decide nothing."""
    good = len(deployments)
    teams = {
        "tests that find 11 faults": ["failed"] * 11 + ["passed"] * good,
        "no tests": ["passed"] * (good + 11),
    }
    rates = {name: change_fail_rate(runs) for name, runs in teams.items()}

    assert 0 == rates["no tests"] < min(rates["tests that find 11 faults"], 1)
    rows = [f"{name:<27}{rate:>5.0%}" for name, rate in rates.items()]
    output.check("delivery/dora_metrics/runs_dont.out", "\n".join(rows))


@pytest.mark.proves("no-dora-targets")
@pytest.mark.harm("no-dora-targets")
def test_a_target_is_reached_by_deploying_twice(
    deployments: list[Deployment], output: Output
) -> None:
    """Whoever deploys everything twice reaches the target, and halves the change fail rate."""
    twice = reached(deployments)
    before, after = (measure(each, PERIOD) for each in (deployments, twice))

    assert not any(each.waited for each in twice[len(deployments) :])  # no commit
    assert before.per_week < 10 < after.per_week
    assert after.change_fail == Share(before.change_fail.some, 2 * len(deployments))
    assert (before.lead_time, before.lead_time_90, before.recovery_time) == (
        after.lead_time,
        after.lead_time_90,
        after.recovery_time,
    )
    rows = [f"{'':<17}{'a week':>6}{'failed':>14}{'rework':>14}"]
    for name, each in (("before", before), ("target reached", after)):
        cells = (
            f"{part.some} of {part.all}, {part.some / part.all:.0%}"
            for part in (each.change_fail, each.rework)
        )
        first, second = cells
        rows.append(f"{name:<17}{each.per_week:>6.1f}{first:>14}{second:>14}")
    output.check("delivery/dora_metrics/target_dont.out", "\n".join(rows))
