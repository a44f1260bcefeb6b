"""A fault that no test notices is found, and must be killed or reasoned."""

from __future__ import annotations

import signal
import subprocess
import sys
from subprocess import PIPE
from typing import TYPE_CHECKING, Final

import pytest

from handbook import copies, mutants
from handbook.errors import HandbookError
from handbook.ledger import Ledger
from tests.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

AGES: Final = '''\
"""Ages."""


def adult(age: int) -> bool:
    """Say whether somebody may vote."""
    if age < 0:
        raise ValueError(age)
    return age >= 18
'''
CHECKED: Final = """\
import pytest
from snippets.chapter.ages import adult

def test_seventeen():
    assert not adult(17)
    assert adult(0) is False
    with pytest.raises(ValueError):
        adult(-1)
"""
BOUNDARY: Final = """
def test_eighteen():
    assert adult(18)
"""
FILE: Final = "snippets/chapter/ages.py"
TESTS: Final = "tests/chapter/test_ages.py"
SURVIVOR: Final = "return age >= 18 [18 → 19]"


@pytest.fixture
def ages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Give a project with one snippet, and a test that asks too little."""
    monkeypatch.setattr(mutants, "PATIENCE", 120.0)  # on a machine that is busy
    made = Project(tmp_path)
    made.write(FILE, AGES)
    made.write(TESTS, CHECKED)
    ledger(made, "test_seventeen")
    return made


def ledger(project: Project, *tests: str) -> None:
    """Say which tests ran every line of the snippet."""
    about = {"line": 1, "summary": "", "ran": {FILE: [6, 7, 8]}}
    project.ledger(*({"id": f"{TESTS}::{name}", **about} for name in tests))


def measured(project: Project) -> tuple[list[str], list[str]]:
    """Give the lines of all mutants, and the names of those that survive."""
    every, alive = mutants.measure(project.root, ["chapter/ages"])
    return [f"{f.mutant.line}" for f in every], [fault.name for fault in alive]


def test_a_fault_that_no_test_notices_survives(ages: Project) -> None:
    """Nobody asks for the boundary, so another number passes."""
    lines, alive = measured(ages)

    assert ["6", "7", "8"] == lines
    assert [SURVIVOR] == alive


def test_a_test_that_asks_kills_it(ages: Project) -> None:
    """With the boundary tested, every fault is noticed."""
    ages.write(TESTS, CHECKED + BOUNDARY)
    ledger(ages, "test_seventeen", "test_eighteen")

    every, alive = mutants.measure(ages.root, ["chapter/ages"])

    assert [] == alive
    assert [] == mutants.report(ages.root, every, alive)


def test_what_is_known_is_not_asked_again(
    ages: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second run takes the outcomes of the first, and says the same."""
    first = measured(ages)
    assert "3/3" in capsys.readouterr().err
    second = measured(ages)

    assert first == second
    assert "" == capsys.readouterr().err


def test_a_survivor_needs_a_reason(
    ages: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report says what survives, where, and what to write."""
    problems = mutants.report(ages.root, *mutants.measure(ages.root, ["chapter/ages"]))

    assert [
        (
            f"{FILE}:8 survives: kill it, or give its reason in"
            f' tests/survivors.toml:\n  "{SURVIVOR}" = '
        ),
        "the score is 66.7 %, and 90 % is wanted",
    ] == problems
    assert "chapter                3       2   66.7%\n" in capsys.readouterr().out


def test_a_reason_is_accepted_and_an_idle_one_is_not(ages: Project) -> None:
    """A reason stands for one survivor, and goes when the survivor goes."""
    reasons = f'["{FILE}"]\n"{SURVIVOR}" = "nobody votes"\n"x [1 → 2]" = "gone"\n'
    ages.write(mutants.REASONS, reasons)
    found = mutants.report(ages.root, *mutants.measure(ages.root, ["chapter/ages"]))

    assert [
        (
            f"tests/survivors.toml: {FILE} has no survivor 'x [1 → 2]':"
            " take the reason away"
        ),
        "the score is 66.7 %, and 90 % is wanted",
    ] == found


def test_an_endless_loop_is_noticed(
    ages: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that makes a test hang is killed, and the test with it."""
    monkeypatch.setattr(mutants, "PATIENCE", 2.0)
    loop = '"""Loop."""\n\n\ndef adult(n: int) -> bool:\n'
    ages.write(FILE, loop + "    while n > 0:\n        n -= 1\n    return n == 1\n")
    ages.write(TESTS, CHECKED.partition("    with")[0].replace("0", "3"))
    ledger(ages, "test_seventeen")

    assert "n -= 1 [n -= 1 → pass]" not in measured(ages)[1]


def test_a_test_that_fails_without_a_fault_kills_none(ages: Project) -> None:
    """What was red before says nothing about a fault."""
    ages.write(TESTS, CHECKED.replace("not adult(17)", "adult(17)"))
    ledger(ages, "test_seventeen")

    assert 3 == len(measured(ages)[1])


def test_tests_stop_where_they_take_too_long(
    ages: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One test at least runs, and no more than fit."""
    monkeypatch.setattr(mutants, "ENOUGH", 0.0)
    ages.write(TESTS, CHECKED + BOUNDARY)
    ledger(ages, "test_seventeen", "test_eighteen")

    assert measured(ages)[1]


def test_a_file_that_cannot_run_is_told(ages: Project) -> None:
    """A test file that breaks pytest itself stops the measurement, with its log."""
    ages.write("tests/conftest.py", "raise SystemExit('no database')\n")
    ledger(ages, "test_seventeen")

    with pytest.raises(HandbookError, match=r"(?s)ages.py does not run:.*no database"):
        measured(ages)


def test_a_line_that_runs_on_import_is_asked_of_its_file(ages: Project) -> None:
    """A constant belongs to every test that ran, or at least imports, its file."""
    digest = {FILE: "1"}
    about = {"line": 1, "summary": "", "digests": digest}
    ages.ledger({"id": "a", **about, "ran": {FILE: [6]}}, {"id": "b", **about})
    both = Ledger.load(ages.root)
    ages.ledger({"id": "b", **about})

    assert ["a"] == [test.id for test in mutants.running(both, FILE, 1)]
    [only] = mutants.running(Ledger.load(ages.root), FILE, 1)
    assert "b" == only.id


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (["chapter/none"], "no snippet has a mutant below chapter/none\n"),
        (["chapter/ages"], "66.7 %"),
        ([], "tests failed"),
    ],
    ids=["nothing", "survivor", "old"],
)
def test_the_command_says_what_is_wrong(
    ages: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    chosen: list[str],
    said: str,
) -> None:
    """It ends with 1, and with one line for each problem."""
    monkeypatch.chdir(ages.root)
    if not chosen:
        file = ages.root / "ledger.json"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('"failed": []', '"failed": ["x"]'), "utf-8")

    assert 1 == mutants.main(chosen)
    assert said in capsys.readouterr().err


def test_a_copy_leaves_out_what_is_made(ages: Project, tmp_path: Path) -> None:
    """Builds, caches and environments are not copied."""
    ages.write(".venv/bin/python", "")
    ages.write(".cache/x", "")
    folder = tmp_path.parent / f"{tmp_path.name}-copies"
    with copies.Copies(ages.root, folder, 1).one() as copy:
        assert not (copy / ".venv").exists()
        assert not (copy / ".cache").exists()
        assert (copy / FILE).exists()


def test_what_a_run_leaves_behind_is_ended() -> None:
    """A process that carries the mark of a run is killed, and no other."""
    sleep = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(sleep, stdin=PIPE, env={"MUTANT": "one"}) as left,
        subprocess.Popen(sleep, stdin=PIPE, env={"MUTANT": "two"}) as other,
    ):
        copies.end_marked("MUTANT=one")

        assert -signal.SIGKILL == left.wait()
        assert None is other.poll()
        other.communicate(b"\n")
