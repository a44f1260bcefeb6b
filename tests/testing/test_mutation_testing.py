"""A test suite is asked whether it would notice a fault."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from snippets.testing.mutation_testing import refund as refunds
from snippets.testing.mutation_testing import refund_dont
from snippets.testing.mutation_testing.mutating import mutants, one_a_line
from snippets.testing.mutation_testing.suites import boundary, middle
from snippets.testing.mutation_testing.suites_dont import runs
from snippets.testing.mutation_testing.survivors import survivors
from tests.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from handbook.outputs import Output

SHAPES: Final = {
    "a < b": ["a <= b"],
    "a <= b": ["a < b"],
    "a > b": ["a >= b"],
    "a >= b": ["a > b"],
    "a == b": ["a != b"],
    "a != b": ["a == b"],
    "a in b": ["a not in b"],
    "a not in b": ["a in b"],
    "a is b": ["a is not b"],
    "a is not b": ["a is b"],
    "a < b < c": [],
    "a + b": ["a - b"],
    "a - b": ["a + b"],
    "a * b": ["a / b"],
    "a / b": ["a * b"],
    "a // b": ["a * b"],
    "a % b": ["a * b"],
    "a ** b": ["a * b"],
    "a @ b": [],
    "a and b": ["a or b"],
    "a or b": ["a and b"],
    "not a": ["a"],
    "-a": [],
    "True": ["False"],
    "7": ["8"],
    "0.5": ["1.5"],
    "'text'": [],
    "None": [],
    "f'{a + b}'": [],
    "a()": ["pass"],
    "a[b] = c": ["pass"],
    "a.b = c": ["pass"],
    "a = c": [],
    "a += b": ["pass"],
    "del a": ["pass"],
    "raise a": ["pass"],
    "import a": [],
    "a: Literal[1] = b": [],
    "def f(a: Literal[1]) -> Literal[2]: return a": ["return None"],
    "def f(): return None": [],
    "def f(): return": [],
    "async def f(): await a": ["pass"],
    "if __name__ == '__main__': a()": [],
    "if TYPE_CHECKING: a()": [],
    "if a: b()": ["pass"],
    "a = b(c=1, strict=True)": ["2"],
    "a = b(frozen=True, d=1)": ["2"],
}


@pytest.mark.parametrize("source", SHAPES)
def test_each_operator_makes_its_fault(source: str) -> None:
    """A relation, a sum, a connective, a number or a deed is another, or is gone."""
    assert SHAPES[source] == [mutant.after for mutant in mutants(source)]


def test_a_mutant_is_the_module_with_one_fault() -> None:
    """All around the fault stays as it was, accents and line ends included."""
    source = 'a = "é", 1 < b\nc = [\n    d\n    and e,\n]\n'
    first, second, third = mutants(source)

    assert (1, "1 < b", 'a = "é", 1 <= b') == (
        first.line,
        first.before,
        first.source.splitlines()[0],
    )
    assert (1, "1", 'a = "é", 2 < b') == (
        second.line,
        second.before,
        second.source.splitlines()[0],
    )
    assert (3, "d\n    and e", "c = [\n    d or e,\n]\n") == (
        third.line,
        third.before,
        third.source.partition("\n")[2],
    )


def test_the_source_is_not_changed() -> None:
    """The tree that a fault is made from stays as it was."""
    source = "a = b + 1 < 2 and not c\n"

    assert all(ast.parse(m.source) for m in mutants(source))
    assert 6 == len({m.source for m in mutants(source)})


def test_one_mutant_a_line_is_chosen_alike_in_each_run() -> None:
    """The choice rests on the text of the line, and on nothing else."""
    line = "a = b + 1 < 2 and not c\n"
    alone = one_a_line(line)
    later = one_a_line(f"x = y\n\n{line}z = 1\n")

    assert [1] == [m.line for m in alone]
    assert [3, 4] == [m.line for m in later]
    assert alone[0].after == later[0].after
    assert 1 < len({one_a_line(f"a{n} = b + 1 < 2")[0].after for n in range(9)})


SOURCE: Final = Path(refunds.__file__).read_text(encoding="utf-8")
TEST: Final = """\
import refund
from snippets.testing.mutation_testing.suites_dont import runs

def test_refund():
    runs(refund)
"""


@pytest.mark.harm("kill-the-mutant")
def test_full_coverage_may_notice_no_fault_at_all(
    tmp_path: Path, output: Output
) -> None:
    """A suite that runs every line and branch may let every mutant pass."""
    (tmp_path / "refund.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "test_refund.py").write_text(TEST, encoding="utf-8")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "PYTEST"))}
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n0", "--no-header"),
            *("--rootdir=.", "--cov=refund", "--cov-branch", "test_refund.py"),
        ],
        cwd=tmp_path,
        env=clean | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    rows = ran.stdout.splitlines()
    table = [row for row in rows if row.startswith(("Name", "refund"))]
    alive = survivors(SOURCE, runs)

    assert "100%" in table[-1]
    assert 10 == len(alive) == len(list(mutants(SOURCE)))
    said = f"10 mutants, {10 - len(alive)} noticed"
    output.check("testing/mutation_testing/covered.out", "\n".join([*table, said]))


@pytest.mark.proves("kill-the-mutant")
def test_the_boundaries_kill_what_the_middle_lets_live(output: Output) -> None:
    """Ordinary days let four faults pass; the days around each limit let none."""
    alive = survivors(SOURCE, middle)
    rows = [f"line {m.line}: {m.before} → {m.after}" for m in alive]

    assert [
        "line 14: days <= 14 → days < 14",
        "line 14: 14 → 15",
        "line 16: days <= 30 → days < 30",
        "line 16: 30 → 31",
    ] == rows
    assert [] == survivors(SOURCE, boundary)
    head = "middle: 10 mutants, 4 survive"
    tail = "boundary: 10 mutants, none survives"
    output.check("testing/mutation_testing/alive.out", "\n".join([head, *rows, tail]))


@pytest.mark.proves("kill-the-mutant")
def test_the_survivor_shown_is_the_first_one() -> None:
    """The fault that the page shows is one that the middle lets live."""
    shown = Path(refund_dont.__file__).read_text(encoding="utf-8")
    first, *_ = survivors(SOURCE, middle)

    middle(refund_dont)
    assert shown.partition("\n\n\n")[2] == first.source.partition("\n\n\n")[2]
    with pytest.raises(AssertionError):
        boundary(refund_dont)


@pytest.mark.parametrize("suite", [runs, middle, boundary])
def test_each_suite_is_green_without_a_fault(
    suite: Callable[[ModuleType], None],
) -> None:
    """The function does what each suite asks for."""
    suite(refunds)


def test_a_suite_must_pass_without_a_fault() -> None:
    """A suite that is red already says nothing about a mutant."""
    with pytest.raises(AssertionError):
        survivors(SOURCE.replace("14", "13"), boundary)
