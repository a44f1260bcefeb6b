"""Three promises are two, and a percentile cannot be spent."""

from __future__ import annotations

import subprocess
from statistics import quantiles
from typing import TYPE_CHECKING

import pytest

from snippets.slos.burn_rate_alerts.rules import rules
from snippets.slos.slos.judged import left, together
from snippets.slos.slos.objectives import OBJECTIVES
from snippets.slos.slos.objectives_dont import kept
from tests.site.tools import require

if TYPE_CHECKING:
    from pathlib import Path

    from handbook.outputs import Output

REQUESTS = 10_000


def times(slow: int) -> list[float]:
    """List the seconds of some requests, of which so many took over 200 ms."""
    return [0.15] * (REQUESTS - slow) + [0.45] * slow


@pytest.mark.proves("slo-as-ratio")
def test_every_objective_has_rules_and_a_budget(tmp_path: Path) -> None:
    """Both objectives give a rule file that promtool accepts, with all four alerts."""
    for objective in OBJECTIVES:
        file = tmp_path / f"{objective.name}.yml"
        file.write_text(rules(objective), encoding="utf-8")
        check = [require("promtool"), "check", "rules", "--lint=all", "--lint-fatal"]
        done = subprocess.run(
            [*check, file], check=True, capture_output=True, text=True
        )
        assert "11 rules found" in done.stdout

    names = ["orders-availability", "orders-latency"]
    assert names == [objective.name for objective in OBJECTIVES]
    assert [0.999, 0.95] == [objective.slo for objective in OBJECTIVES]


@pytest.mark.proves("slo-as-ratio")
@pytest.mark.harm("slo-as-ratio")
def test_a_percentile_says_yes_or_no_and_a_ratio_how_much(output: Output) -> None:
    """P95 is the same 150 ms with nothing spent and with 98 %, and then it jumps."""
    rows = ["took over 200 ms   P95     kept  budget left"]
    found = []
    for slow in (0, 100, 490, 510, 2000):
        seconds = times(slow)
        p95 = quantiles(seconds, n=20)[-1]
        fine = kept(0, seconds)["P95 below 200 ms"]
        rest = left(0.95, slow, REQUESTS)
        found.append((p95, fine, round(rest, 2)))
        rows.append(
            f"{slow / REQUESTS:<17.1%}  {p95 * 1000:.0f} ms  "
            f"{'yes' if fine else 'no':4}  {rest:.0%}"
        )

    assert [0.15, 0.15, 0.15, 0.45, 0.45] == [p95 for p95, _, _ in found]
    assert [True, True, True, False, False] == [fine for _, fine, _ in found]
    assert [1, 0.8, 0.02, -0.02, -3] == [rest for _, _, rest in found]
    output.check("slos/slos/percentile.out", "\n".join(rows))


@pytest.mark.harm("slo-as-ratio")
def test_two_of_three_objectives_are_one(output: Output) -> None:
    """Whatever fails, availability and error rate are kept and missed together."""
    rows = ["failed of 10,000   99.9 % available   below 0.1 % errors   budget left"]
    for failed in (0, 5, 9, 11, 100):
        found = kept(failed, times(0))
        available, errors = (
            found["availability 99.9 %"],
            found["error rate below 0.1 %"],
        )
        assert available == errors
        words = ["kept" if each else "missed" for each in (available, errors)]
        rest = left(0.999, failed, REQUESTS)
        assert available == (rest >= 0)
        rows.append(f"{failed:<18} {words[0]:18} {words[1]:20} {rest:.0%}")

    output.check("slos/slos/objectives_dont.out", "\n".join(rows))


@pytest.mark.proves("slo-as-ratio")
def test_what_needs_three_can_promise_less(output: Output) -> None:
    """Three services of 99.9 % give 99.7 % together, and ten give 99.0 %."""
    rows = ["services of 99.9 % that a request needs"]
    rows += [f"{n:<3} {together(*[0.999] * n):.2%}" for n in (1, 3, 10, 30)]

    assert 0.997 == pytest.approx(together(0.999, 0.999, 0.999), abs=1e-5)
    assert 1 == together()
    output.check("slos/slos/together.out", "\n".join(rows))
