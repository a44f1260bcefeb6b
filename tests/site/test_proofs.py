"""A practice without a proof, and a proof that proves nothing, are found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.projects import PAGE, Project

LINE = "docs/chapter/greeting.md:14: greet"


RAN = {"snippets/chapter/greeting.py": [10], "snippets/chapter/greeting_dont.py": [6]}


def ledger(project: Project, **marks: Any) -> None:  # noqa: ANN401 # fields of a test
    """Write a ledger of one test that passed."""
    test = {"id": "tests/chapter/test_greeting.py::test_it_greets", "line": 5}
    project.ledger({**test, "summary": "It greets.", "ran": RAN, **marks})


@pytest.mark.parametrize(
    ("page", "marks", "messages"),
    [
        (PAGE, {"proves": ["greet"], "harm": ["greet"]}, []),
        (
            PAGE,
            {"harm": ["greet"]},
            [f"{LINE} is a must with code, and no test proves it"],
        ),
        (
            PAGE,
            {"proves": ["greet"]},
            [f"{LINE} shows a Don't, and no test shows the harm"],
        ),
        (PAGE.replace(".must", ".may"), {"harm": ["greet"]}, []),
        (
            PAGE.replace(".must", ".may").replace("[^one]", "one"),
            {"harm": ["greet"]},
            [f"{LINE} has neither a proof nor a source"],
        ),
    ],
)
def test_a_practice_needs_a_proof_or_a_source(
    project: Project, page: str, marks: dict[str, list[str]], messages: list[str]
) -> None:
    """A must with code needs a proof, a Don't a harm, and anything else a source."""
    project.page(page, "chapter/greeting.md")
    ledger(project, **marks)

    assert messages == project.problems()


def test_a_block_that_no_test_ran_is_found(project: Project) -> None:
    """A block whose lines ran in no test is named, though its file was imported."""
    only = {
        "snippets/chapter/greeting.py": [8],
        "snippets/chapter/greeting_dont.py": [6],
    }
    ledger(project, proves=["greet"], harm=["greet"], ran=only)

    (problem,) = project.problems()
    assert (
        "docs/chapter/greeting.md:1: no test ran chapter/greeting.py: call" in problem
    )


def test_a_proof_that_runs_nothing_shown_is_found(project: Project) -> None:
    """A proof and a harm must each run a file that the practice shows."""
    harmless = {"snippets/chapter/greeting.py": [10]}
    ledger(project, proves=["greet"], harm=["greet"], ran=harmless)
    name = "tests/chapter/test_greeting.py::test_it_greets"

    assert f"{LINE}: {name} runs nothing that it shows" in project.problems()


def test_a_stale_ledger_proves_nothing(project: Project) -> None:
    """A proof counts no more when a file that it ran has changed."""
    ledger(project, proves=["greet"])
    built = project.build() / "chapter/greeting/index.html"
    before = built.read_text(encoding="utf-8")
    ledger(project, proves=["greet"], digests={"snippets/chapter/greeting.py": "0"})
    project.build()

    assert "proved by 1 test" in before
    assert "proved by 1 test" not in built.read_text(encoding="utf-8")
    assert "not verified in this build" in built.read_text(encoding="utf-8")
