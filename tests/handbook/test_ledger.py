"""A test counts once, and only while what it rests on is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handbook.__main__ import check_inputs
from handbook.ledger import Ledger, digest
from handbook.sources import resolve

if TYPE_CHECKING:
    from tests.projects import Project

ID = "tests/chapter/test_greeting.py::test_it_greets"
TEST = {"line": 4, "summary": "It greets.", "proves": ["greet"]}


@pytest.mark.parametrize("rests", [True, False])
def test_a_constant_is_credited_to_tests_that_import_it(
    project: Project,
    rests: bool,  # noqa: FBT001 # a parameter
) -> None:
    """A block that runs on import counts only for tests that rest on its file."""
    name = "snippets/chapter/greeting.py"
    digests = {name: digest(project.root / name)} if rests else {}
    project.ledger({"id": ID, **TEST, "digests": digests})
    embed = resolve(project.root, "chapter/greeting.py:NAME")

    assert rests == bool(Ledger.load(project.root).ran(embed))


@pytest.mark.parametrize("body", ['"""Greet."""', "...", "pass", "return 1"])
def test_a_method_that_only_says_something_is_run_on_import(
    project: Project, body: str
) -> None:
    """A protocol has nothing to run: it counts for the tests that rest on its file."""
    name = "snippets/chapter/greeting.py"
    text = f"class Greets(Protocol):\n    def greet(self) -> str:\n        {body}\n"
    project.write(name, text)
    project.ledger({"id": ID, **TEST, "digests": {name: digest(project.root / name)}})
    embed = resolve(project.root, "chapter/greeting.py:Greets")
    own = Ledger.load(project.root).ran(embed)

    assert (body in {'"""Greet."""', "..."}) == bool(own)


def test_a_test_with_many_parameters_counts_once(project: Project) -> None:
    """A proof is shown once, however many cases it has."""
    project.ledger({"id": f"{ID}[1]", **TEST}, {"id": f"{ID}[2]", **TEST})

    assert 1 == len(Ledger.load(project.root).proofs("greet"))


def test_a_new_build_sees_a_changed_helper(project: Project) -> None:
    """A helper that changes between two builds takes every proof with it."""
    project.ledger({"id": ID, **TEST})
    check_inputs(project.root)
    before = Ledger.load(project.root).proofs("greet")
    project.write("tests/helper.py", "X = 1\n")
    check_inputs(project.root)

    assert 1 == len(before)
    assert [] == Ledger.load(project.root).proofs("greet")
