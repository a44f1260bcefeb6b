"""The policy that people read and the one that the pipeline asks are the same."""

from __future__ import annotations

import re
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snippets.slos.error_budget_policy import policy_dont
from snippets.slos.error_budget_policy.policy import (
    THRESHOLDS,
    Change,
    Release,
    may_go_out,
    ordered,
)
from snippets.slos.error_budgets.budget import (
    DAY,
    MINUTE,
    PERIOD,
    burn_rate,
    spent,
)

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS = Path(__file__).parents[2] / "snippets"


def table() -> list[tuple[str, str]]:
    """Read the thresholds and what is released from the written policy."""
    text = (SNIPPETS / "slos/error_budget_policy/policy.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| .+? \|$", text, re.MULTILINE)
    return [(left, releases) for left, releases in rows if "Left" not in left]


@pytest.mark.proves("error-budget-policy")
def test_the_written_policy_is_the_one_that_runs() -> None:
    """Each row of the written table has the threshold and the order of the function."""
    "slos/error_budget_policy/policy.md"
    written = [
        *(
            (f"{least:.0%}".replace("%", " %") + " or more", o)
            for least, o in THRESHOLDS
        ),
        ("above 0 %", Release.APPROVED),
        ("nothing", Release.EXEMPT),
    ]

    assert written == table()


@pytest.mark.proves("error-budget-policy")
def test_each_sentence_is_one_that_runs() -> None:
    """The period, the worst budget, the exempt and the unknown are in words what they are in code."""
    "slos/error_budget_policy/policy.md"
    text = (SNIPPETS / "slos/error_budget_policy/policy.md").read_text("utf-8")

    assert f"over the last {PERIOD / DAY:g} days.\nThe worst of them decides.\n" in text
    assert ordered(0.9, 0.3) is ordered(0.3)
    assert "A release that takes back another is always allowed.\n" in text
    assert may_go_out(Change.ROLLBACK, 0)
    assert "unknown\n\nNothing is released but P0 fixes and security fixes.\n" in text
    assert ordered(None) is ordered() is Release.EXEMPT
    assert "more than 20 % of a budget has a post-mortem,\n" in text
    assert spent(burn_rate(1, 0.999), 8.64 * MINUTE) == pytest.approx(0.2)


@pytest.mark.proves("error-budget-policy")
@pytest.mark.parametrize(
    ("left", "order"),
    [
        ((1.0,), Release.FREELY),
        ((0.5,), Release.FREELY),
        ((0.499,), Release.CANARY),
        ((0.25,), Release.CANARY),
        ((0.249,), Release.APPROVED),
        ((0.001,), Release.APPROVED),
        ((0.0,), Release.EXEMPT),
        ((-0.5,), Release.EXEMPT),
        ((0.9, 0.3), Release.CANARY),
        ((0.9, 0.0), Release.EXEMPT),
        ((0.9, None), Release.EXEMPT),
        ((0.9, nan), Release.EXEMPT),
        ((), Release.EXEMPT),
    ],
)
def test_the_policy_orders(left: tuple[float | None, ...], order: Release) -> None:
    """At each threshold, just below it, and where a budget is unknown, the order is as written."""
    assert order == ordered(*left)


@pytest.mark.proves("error-budget-policy")
def test_a_freeze_lets_the_fixes_through(output: Output) -> None:
    """With the budget spent no feature goes out; P0 fixes, security fixes and rollbacks do."""
    rows = [f"{'left':9}" + "".join(f"{change:14}" for change in Change)]
    for left in (0.6, 0.1, 0.0, -0.4, None):
        answers = [may_go_out(change, left) for change in Change]
        label = "unknown" if left is None else f"{left:.0%}"
        cells = "".join(f"{'yes' if each else 'no':14}" for each in answers)
        rows.append(f"{label:9}{cells}")
        assert answers == [left is not None and left > 0, True, True, True]
    output.check(
        "slos/error_budget_policy/policy.out", "\n".join(row.rstrip() for row in rows)
    )


@pytest.mark.harm("error-budget-policy")
def test_a_gate_that_stops_everything_stops_the_fix(output: Output) -> None:
    """A gate that knows nothing of changes refuses the fix, and lets all through when it has no number."""
    rows = [
        "budget spent, release of the fix          "
        + ("goes out" if policy_dont.may_go_out(-0.4) else "refused"),
        "budget unknown (NaN), release of feature  "
        + ("goes out" if policy_dont.may_go_out(nan) else "refused"),
    ]

    assert not policy_dont.may_go_out(-0.4)
    assert may_go_out(Change.P0_FIX, -0.4)
    assert policy_dont.may_go_out(nan)
    assert not may_go_out(Change.FEATURE, nan)
    output.check("slos/error_budget_policy/policy_dont.out", "\n".join(rows))
