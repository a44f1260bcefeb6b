"""The functions of the calculators answer every case, or refuse it in its words."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from snippets.slos.burn_rate_alerts.windows import PAIRS, Pair
from snippets.slos.calculators.burning import WINDOWS, burning
from snippets.slos.calculators.release_dont import allowed, frozen
from snippets.slos.calculators.typed import OBJECTIVE, RefusedError, read
from tests.slos.calculators import FUNCTIONS, Case, answer, cases

if TYPE_CHECKING:
    from handbook.outputs import Output

ANSWERED, REFUSED = cases()


@pytest.mark.proves("linked-calculation")
@pytest.mark.parametrize("case", ANSWERED, ids=str)
def test_a_case_of_the_table_is_answered(case: Case) -> None:
    """The function of each calculator gives the results of the table."""
    results = FUNCTIONS[case.calculator](case.typed)

    assert case.results
    assert case.results == pytest.approx({key: results[key] for key in case.results})


@pytest.mark.proves("linked-calculation")
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_has_no_answer_is_refused(case: Case) -> None:
    """Nothing, text, what is negative and what cannot be are refused, in words."""

    assert case.refusal == answer(case.calculator, case.typed)


def test_every_field_refuses_something() -> None:
    """The table of cases has a refusal for each field that is typed."""
    answered, refused = cases("slos/calculators/cases.json")
    typed = {(case.calculator, name) for case in answered for name in case.typed}
    refusals = {(case.calculator, case.refusal[0]) for case in refused}

    assert typed - refusals == {("burn-rate", "measure")}


def simulated(pair: Pair, burn: float, lasts: int, step: int) -> tuple[int, int]:
    """Fill both windows step by step, and say when the alert fires and when it ends."""

    def rate(window: float, now: int) -> float:
        failing = min(now, lasts) - min(max(0, now - window), lasts)
        return burn * failing / window

    def fires(now: int) -> bool:
        return min(rate(pair.long, now), rate(pair.short, now)) > pair.factor()

    start = next(now for now in count(0, step) if fires(now))
    return start, next(now for now in count(start, step) if not fires(now))


@pytest.mark.proves("linked-calculation")
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("excess", [1.02, 1.5, 20, 66])
def test_the_windows_agree_with_the_calculation(window: str, excess: float) -> None:
    """Both windows, filled step by step, fire and end when the calculator says."""
    pair = dict(zip(WINDOWS, PAIRS, strict=True))[window]
    burn, step = pair.factor() * excess, int(pair.short) // 300
    lasts = int(pair.long + pair.short)
    start, end = simulated(pair, burn, lasts, step)
    typed = {"slo": "99.9", "measure": "burn", "level": f"{burn}", "days": "30"}
    results = burning(typed)

    assert results[f"after {window}"] == pytest.approx(start, abs=step)
    assert results[f"ends {window}"] == pytest.approx(end - lasts, abs=step)


@pytest.mark.harm("linked-calculation")
def test_a_budget_of_anything_freezes_nothing(output: Output) -> None:
    """A ratio, a sign too many and NaN have a budget, and releases go on."""
    rows = ["typed     minutes  after an outage of 60"]
    for typed in ("99.9", "0.999", "-99.9", "nan"):
        decision = "freeze" if frozen(typed, outage=60) else "release"
        rows.append(f"{typed:<7}{allowed(typed):>10,.1f}  {decision}")

    assert frozen("99.9", outage=60)
    for typed in ("0.999", "-99.9", "nan"):
        assert not frozen(typed, outage=60)
        with pytest.raises(RefusedError):
            read({"slo": typed}, "slo", OBJECTIVE)
    output.check("slos/calculators/release_dont.out", "\n".join(rows))
