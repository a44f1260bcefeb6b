"""Thousands of releases are simulated, and each is decided by the page's own function."""

from __future__ import annotations

from functools import partial
from math import log, sqrt
from random import Random
from statistics import median
from typing import TYPE_CHECKING

import pytest

from snippets.delivery.deployment_strategies.canary import (
    RULE,
    Decision,
    Rule,
    Served,
    decide,
    evidence,
)
from snippets.delivery.deployment_strategies.early_dont import decide_early
from snippets.delivery.deployment_strategies.looks_dont import decide_at_each_look
from snippets.delivery.deployment_strategies.yesterday_dont import decide_by_yesterday
from tests.drawing import DO, INK, QUIET, drawing

if TYPE_CHECKING:
    from collections.abc import Callable

    from handbook.outputs import Output

    Decide = Callable[[Served, Served], Decision]

ENOUGH, FALSE_ALARM = RULE.enough, RULE.false_alarm
LEAST, MISS = RULE.least, RULE.miss
PATIENCE = 200  # looks
USUAL = 0.005  # of the requests fail
FOLDER = "delivery/deployment_strategies"


def failures(random: Random, requests: int, ratio: float) -> int:
    """Draw how many of some requests fail, from one failure to the next."""
    count = 0
    reached = 0
    while ratio and reached <= requests:
        reached += int(log(1 - random.random()) / log(1 - ratio)) + 1
        count += reached <= requests
    return count


class Traffic:
    """Requests that a load balancer sends to a control and to a canary.

    Args:
        control: The ratio of failures of the one.
        canary: And of the other.
        look: How many requests of both together lie between two looks.
        share: How many of them go to the canary.
        seed: The same gives the same traffic.
    """

    def __init__(
        self,
        control: float,
        canary: float,
        look: int = 1000,
        share: float = 0.5,
        seed: int = 16,
    ) -> None:
        self._ratios = control, canary
        self._look = look
        self._share = share
        self._random = Random(seed)  # noqa: S311 # a simulation guards nothing

    def release(self, decide: Decide) -> tuple[Decision, int]:
        """Release once, and give the decision and the canary's requests."""
        served = [Served(0, 0), Served(0, 0)]
        mean = self._look * self._share
        spread = sqrt(mean * (1 - self._share))
        for _ in range(PATIENCE):
            sent = round(self._random.gauss(mean, spread))
            requests = self._look - sent, sent
            served = [
                Served(
                    before.requests + more,
                    before.failures + failures(self._random, more, ratio),
                )
                for before, more, ratio in zip(
                    served, requests, self._ratios, strict=True
                )
            ]
            decision = decide(*served)
            if decision is not Decision.WAIT:
                return decision, served[1].requests
        message = f"nothing was decided after {PATIENCE} looks"
        raise AssertionError(message)

    def aborted(self, decide: Decide, releases: int = 1000) -> float:
        """Give the share of releases that are aborted."""
        decided = [self.release(decide)[0] for _ in range(releases)]
        return decided.count(Decision.ABORT) / releases


def instead(yesterday: Served, _: Served, canary: Served) -> Decision:
    """Compare a canary with yesterday, whatever the control does."""
    return decide_by_yesterday(yesterday, canary)


def percent(share: float) -> str:
    """Write a share."""
    return f"{100 * share:.1f} %"


@pytest.mark.proves("canary")
def test_the_rates_of_error_are_what_was_chosen(output: Output) -> None:
    """Of a thousand good canaries at most one in a hundred is aborted, at every ratio."""
    rows = [
        f"{'requests':<12}{'as good:':<20}{'twice:':>8}{'5 times:':>10}",
        f"{'that fail':<12}{'aborted':<10}{'requests':<10}{'passes':>8}{'passes':>10}",
    ]
    passed = {}
    for ratio in (0.02, USUAL, 0.001, 0.0002):
        look = 1000 if ratio >= USUAL else 4000  # and it is quick
        good = Traffic(ratio, ratio, look)
        decided = [good.release(decide) for _ in range(1000)]
        alarms = sum(decision is Decision.ABORT for decision, _ in decided) / 1000
        asked = round(int(median(requests for _, requests in decided)), -2)
        passed[ratio] = [
            1 - Traffic(ratio, worse * ratio, look).aborted(decide) for worse in (2, 5)
        ]
        assert alarms <= FALSE_ALARM
        told = [percent(each) for each in passed[ratio]]
        rows.append(
            f"{f'{100 * ratio:g} %':<12}{percent(alarms):<10}{asked:<10,}"
            f"{told[0]:>8}{told[1]:>10}"
        )

    assert max(passed[0.02] + passed[USUAL]) <= MISS + 0.005  # what a draw may add
    assert passed[0.001][0] > 0.4
    assert passed[0.001][1] <= MISS
    assert passed[0.0002][1] > 0.4
    output.check(f"{FOLDER}/rates.out", "\n".join(rows))


@pytest.mark.proves("canary")
def test_the_split_may_be_uneven() -> None:
    """A canary that gets one request in five is judged by its share."""
    uneven = partial(Traffic, USUAL, look=4000, share=0.2)

    assert uneven(USUAL).aborted(decide, 400) <= 2 * FALSE_ALARM
    assert uneven(2 * USUAL).aborted(decide, 400) >= 1 - 2 * MISS
    assert evidence(Served(4000, 40), Served(1000, 10), 2) < 0
    assert evidence(Served(4000, 40), Served(1000, 20), 2) > 0


@pytest.mark.proves("canary")
def test_nothing_is_promoted_before_there_is_a_sample() -> None:
    """Until each has had a thousand requests no canary is promoted, however good."""
    few, least = 999, 1000

    assert decide(Served(few, 12), Served(few, 0)) is Decision.WAIT
    assert decide(Served(least, 12), Served(few, 0)) is Decision.WAIT
    assert decide(Served(few, 12), Served(least, 0)) is Decision.WAIT
    assert decide(Served(least, 12), Served(least, 0)) is Decision.PROMOTE


@pytest.mark.proves("abort-metric")
def test_a_canary_that_fails_everything_is_aborted_at_once() -> None:
    """Seventeen failures abort after seventeen requests; without a control nothing does."""
    none = Served(0, 0)

    assert decide(Served(16, 0), Served(16, 16)) is Decision.WAIT
    assert decide(Served(17, 0), Served(17, 17)) is Decision.ABORT
    assert decide(none, Served(LEAST, LEAST)) is Decision.WAIT
    assert decide(Served(LEAST, 0), none) is Decision.WAIT
    assert decide(none, none) is Decision.WAIT


@pytest.mark.proves("canary")
def test_seventeen_failures_abort_and_twelve_promote() -> None:
    """All of the canary's, seventeen failures abort; all of the control's, twelve pass."""
    well = Served(LEAST, 0)

    assert decide(well, Served(LEAST, 16)) is Decision.WAIT
    assert decide(well, Served(LEAST, 17)) is Decision.ABORT
    assert decide(Served(LEAST, 11), well) is Decision.WAIT
    assert decide(Served(LEAST, 12), well) is Decision.PROMOTE
    assert decide(Served(ENOUGH, 0), Served(ENOUGH - 1, 0)) is Decision.WAIT
    assert decide(Served(ENOUGH, 0), Served(ENOUGH, 0)) is Decision.PROMOTE


@pytest.mark.proves("abort-metric")
@pytest.mark.parametrize(
    ("rule", "abort", "promote"),
    [
        (Rule(worse=3), 12, 7),
        (Rule(false_alarm=0.1), 9, 12),
        (Rule(miss=0.1), 17, 6),
    ],
)
def test_each_number_of_the_rule_counts(rule: Rule, abort: int, promote: int) -> None:
    """Another rule needs other numbers of failures, those that its logarithms give."""
    well = Served(LEAST, 0)

    assert decide(well, Served(LEAST, abort - 1), rule) is Decision.WAIT
    assert decide(well, Served(LEAST, abort), rule) is Decision.ABORT
    assert decide(Served(LEAST, promote - 1), well, rule) is Decision.WAIT
    assert decide(Served(LEAST, promote), well, rule) is Decision.PROMOTE


@pytest.mark.proves("canary")
def test_an_outage_of_both_decides_nothing() -> None:
    """While a dependency fails under both versions, neither is aborted nor promoted."""
    assert decide(Served(2000, 101), Served(2000, 400)) is Decision.WAIT
    assert decide(Served(ENOUGH, 9000), Served(ENOUGH, 9000)) is Decision.WAIT
    assert decide(Served(2000, 100), Served(2000, 400)) is Decision.ABORT


@pytest.mark.proves("canary")
def test_more_requests_see_smaller_differences(output: Output) -> None:
    """Of what fails twice as often, 5,000 requests find few, and 80,000 nearly all."""
    usual = 0.001
    worse = [1, 1.5, 2, 2.5, 3, 4, 5, 6]
    found = {}
    told = "The chance that a canary is aborted, by how often it fails"
    with drawing(told) as drawn:
        (axes,) = drawn.axes
        lines = (5000, QUIET, 5, 8), (ENOUGH, DO, 2, 8), (80_000, INK, 1, -48)
        for enough, colour, at, beside in lines:
            judge = partial(decide, rule=Rule(enough=enough))
            found[enough] = [
                100 * Traffic(usual, usual * times, enough // 5).aborted(judge, 250)
                for times in worse
            ]
            axes.plot(worse, found[enough], color=colour, marker="o", markersize=3)
            axes.annotate(
                f"{enough:,}",
                (worse[at], found[enough][at]),
                (beside, -4),
                textcoords="offset points",
                color=colour,
            )
        axes.set_xlabel("the canary fails … times as often as 1 in 1,000")
        axes.set_ylabel("aborted, %")

    assert max(each[0] for each in found.values()) <= 100 * 2 * FALSE_ALARM
    assert found[5000][2] < 20 < found[ENOUGH][2] < 80
    assert found[80_000][2] > 90
    output.check(f"{FOLDER}/power.svg", drawn.svg)


@pytest.mark.harm("canary")
def test_yesterday_aborts_a_good_release(output: Output) -> None:
    """Compared with yesterday, a good canary is aborted and a bad one is promoted."""
    well, ill = Served(100_000, 500), Served(100_000, 5000)
    cases = [
        ("a dependency fails today, as good", well, 0.03, 0.03),
        ("an outage yesterday, 5 times", ill, USUAL, 5 * USUAL),
    ]
    rows = [f"{'aborted when compared with':<36}{'yesterday':<11}a control"]
    shares = []
    for told, yesterday, control, canary in cases:
        traffic = partial(Traffic, control, canary)
        wrong = traffic().aborted(partial(instead, yesterday), 300)
        right = traffic().aborted(decide, 300)
        shares += [wrong, right]
        rows.append(f"{told:<36}{percent(wrong):<11}{percent(right)}")

    assert decide_by_yesterday(well, Served(999, 0)) is Decision.WAIT
    assert shares[0] > 0.99
    assert shares[1] <= 2 * FALSE_ALARM
    assert shares[2] < 0.01
    assert shares[3] > 0.99
    output.check(f"{FOLDER}/yesterday_dont.out", "\n".join(rows))


@pytest.mark.harm("canary")
def test_ten_requests_say_nothing(output: Output) -> None:
    """After ten requests of each, seven in ten of the bad canaries pass."""
    rows = [f"{'the canary fails':<20}aborted after ten requests"]
    found = []
    for told, worse in (("as often", 1), ("5 times as often", 5)):
        traffic = Traffic(USUAL, worse * USUAL, 20, share=0.5)
        found.append(traffic.aborted(decide_early, 2000))
        rows.append(f"{told:<20}{percent(found[-1])}")

    assert 0.02 < found[0]
    assert found[1] < 0.3
    output.check(f"{FOLDER}/early_dont.out", "\n".join(rows))


@pytest.mark.harm("abort-metric")
def test_every_look_is_one_more_chance_to_be_wrong(output: Output) -> None:
    """Asked forty times, a test at 5 % aborts one good release in four."""
    rows = ["looks   good releases aborted"]
    found = []
    for looks in (1, 4, 10, 40):
        each = 2 * ENOUGH // looks + 600 // looks  # so that the last look is the last
        traffic = Traffic(USUAL, USUAL, each)
        found.append(traffic.aborted(decide_at_each_look, 1000))
        rows.append(f"{looks:>5}   {percent(found[-1])}")

    assert 0.03 < found[0] < 0.07
    assert sorted(found) == found
    assert found[-1] > 0.2
    output.check(f"{FOLDER}/looks_dont.out", "\n".join(rows))


@pytest.mark.proves("abort-metric")
@pytest.mark.parametrize("looks", [10, 40, 80])
def test_looking_more_often_changes_nothing(looks: int) -> None:
    """Asked ten times or eighty, the function does not abort good releases more often."""
    traffic = Traffic(USUAL, USUAL, 2 * ENOUGH // looks)

    assert traffic.aborted(decide, 500) <= 2 * FALSE_ALARM


@pytest.mark.proves("abort-metric")
def test_what_both_share_hides_the_canary_s_own(output: Output) -> None:
    """Two failures in a hundred that both have hide a canary that fails twice as often."""
    shared = 0.02
    alone = 1 - Traffic(USUAL, 2 * USUAL).aborted(decide, 500)
    hidden = 1 - Traffic(USUAL + shared, 2 * USUAL + shared).aborted(decide, 500)
    rows = [
        "a canary that fails twice as often, 0.5 %, passes",
        f"alone                              {percent(alone)}",
        f"with 2 % that fail in both         {percent(hidden)}",
    ]

    assert alone <= 2 * MISS
    assert hidden > 0.8
    both = Served(ENOUGH, 500), Served(ENOUGH, 600)  # of 2.5 and 3 %
    assert decide(*both) is Decision.PROMOTE
    assert decide(*both, Rule(outage=2 * USUAL)) is Decision.WAIT
    output.check(f"{FOLDER}/shared.out", "\n".join(rows))
