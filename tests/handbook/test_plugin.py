"""The ledger says what a run of pytest proved, on which files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest
from coverage import CoverageData

from handbook.errors import HandbookError
from handbook.ledger import Ledger, support_digest
from handbook.plugin import Writer, named, pytest_configure, versions
from tests.projects import ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path

NODE = "tests/chapter/test_greeting.py::test_it_greets"
CONFIG = """\
[tool.handbook]
untested = 0
[tool.pytest.ini_options]
addopts = ["--cov-context=test", "--cov=snippets", "--cov-report="]
[tool.coverage.run]
branch = true
patch = ["subprocess"]
plugins = ["handbook.children"]
"""
CONFTEST = """\
import subprocess, sys, os
import pytest

pytest_plugins = ["handbook.plugin"]

@pytest.fixture(scope="session")
def child():
    code = "from snippets.chapter.greeting import greet; greet()"
    env = {**os.environ, "HANDBOOK_FIXTURE": __name__ + ".child"}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
"""
OTHERS = '''

@pytest.mark.proves("greet")
def test_it_fails() -> None:
    assert greet() == ""

@pytest.mark.proves("greeet")
def test_of_nothing() -> None:
    pass

class TestInside:
    @pytest.mark.harm("greet")
    def test_inside(self, child) -> None:
        assert open("snippets/chapter/greeting.sql"), "chapter/greeting.sql"
        assert "chapter/greeting.out"

@pytest.mark.parametrize("name", ["chapter/greeting.sql"])
def test_named(name, output) -> None:
    """Reads it.

    And more.
    """
    output.check("chapter/greeting.out", "hello")
'''


def run(project: Project, *arguments: str) -> str:
    """Run pytest in the small handbook, and give what it prints."""
    clean = {
        k: v for k, v in os.environ.items() if "PYTEST" not in k and "COV" not in k
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:randomly",
        "--ledger",
        *arguments,
    ]
    env = {**clean, "PYTHONPATH": f"{project.root}{os.pathsep}{ROOT}"}
    return subprocess.run(
        command, env=env, check=False, capture_output=True, text=True
    ).stdout


@pytest.fixture
def tested(project: Project) -> Project:
    """Give the small handbook tests of several kinds."""
    project.write("pyproject.toml", CONFIG)
    project.write("tests/conftest.py", CONFTEST)
    project.write("snippets/chapter/greeting.out", "hello\n")
    project.write("snippets/chapter/greeting.sql", "SELECT 1;\n")
    file = project.root / "tests/chapter/test_greeting.py"
    file.write_text(file.read_text("utf-8") + OTHERS, encoding="utf-8")
    return project


def entries(project: Project) -> dict[str, Any]:
    """Read the tests of a ledger by their short names."""
    data = json.loads((project.root / "ledger.json").read_text(encoding="utf-8"))
    return {test["id"].rpartition("::")[2]: test for test in data["tests"]}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_ledger_holds_what_passed(tested: Project, workers: str) -> None:
    """Tests that passed are written with their practices, lines and files; no others."""
    printed = run(tested, f"--numprocesses={workers}")
    tests = entries(tested)
    greets = tests["test_it_greets"]

    assert "no practice is 'greeet': do you mean greet?" in printed
    assert re.search(
        r"-+ no longer true -+\ngreet: docs/chapter/greeting.md:14\n"
        r"-+ the code is shown on -+\ndocs/chapter/greeting.md\n[-=]",
        printed,
    )
    assert {"test_it_greets", "test_inside", "test_named[chapter/greeting.sql]"} == {
        *tests
    }
    assert (["greet"], []) == (greets["proves"], greets["harm"])
    assert ("It greets.", 4) == (greets["summary"], greets["line"])
    assert 10 in greets["ran"]["snippets/chapter/greeting.py"]
    assert {
        "tests/chapter/test_greeting.py",
        "snippets/chapter/greeting.py",
    } == greets["digests"].keys()


def test_a_child_of_a_fixture_is_credited_to_its_tests(tested: Project) -> None:
    """What a shared child process ran is credited to each test of its fixture."""
    run(tested, "--numprocesses=1")

    assert 10 in entries(tested)["test_inside"]["ran"]["snippets/chapter/greeting.py"]


def test_a_test_that_names_a_file_is_credited(tested: Project) -> None:
    """A file in another language is credited to the tests that name it."""
    run(tested, "--numprocesses=1")
    tests = entries(tested)
    named, compared = tests["test_inside"], tests["test_named[chapter/greeting.sql]"]
    sql, out = "snippets/chapter/greeting.sql", "snippets/chapter/greeting.out"

    assert [] == named["ran"][sql] == compared["ran"][sql]
    assert out in compared["ran"]  # an output, only by the test that compares it
    assert out not in named["ran"]
    assert "Reads it." == tests["test_named[chapter/greeting.sql]"]["summary"]


CONSTANTS: Final = """\
ONE: str = read("chapter/one.sql")
TWO = A.b = "chapter/two.sql"
LATER: str
UNUSED = "chapter/three.sql"
LONG = "a line, and no path\\n" * 999

def test_constants():
    assert (ONE, TWO, LATER, LONG, '/' * 9)
"""


def test_a_test_that_uses_a_constant_is_credited(project: Project) -> None:
    """A file may be named by a constant of the test's module, if the test uses it."""
    for name in ("one", "two", "three"):
        project.write(f"snippets/chapter/{name}.sql", "SELECT 1;\n")
    project.write("tests/test_these.py", CONSTANTS)

    assert ["snippets/chapter/one.sql", "snippets/chapter/two.sql"] == sorted(
        named(project.root, "tests/test_these.py::test_constants")
    )


def test_a_partial_run_keeps_what_still_holds(tested: Project) -> None:
    """A run of one test keeps the others, unless a file of theirs has changed."""
    run(tested, "--numprocesses=1")
    run(tested, "--numprocesses=1", f"{NODE}")
    kept = {*entries(tested)}
    tested.write("tests/helper.py", "X = 1")
    run(tested, "--numprocesses=1", f"{NODE}")

    assert {"test_it_greets", "test_inside", "test_named[chapter/greeting.sql]"} == kept
    assert {"test_it_greets"} == {*entries(tested)}


@pytest.mark.parametrize(
    "text", ['{"schema": 1, "tests": [', '{"schema": 2}', "[]", "3"]
)
def test_a_ledger_that_is_cut_short_is_refused(project: Project, text: str) -> None:
    """A ledger that is cut short has one line that says how to mend it."""
    project.write("ledger.json", text)

    with pytest.raises(
        HandbookError, match=r"ledger.json is cut short or not a ledger"
    ):
        Ledger.load(project.root)


def test_a_broken_ledger_is_replaced(tested: Project) -> None:
    """The next run writes a whole ledger in the place of a broken one."""
    tested.write("ledger.json", "{")
    run(tested, "--numprocesses=1", f"{NODE}")

    assert {"test_it_greets"} == {*entries(tested)}


STANDALONE = '''\
"""Tests that import nothing of the project."""
import pytest

@pytest.fixture
def server():
    """A shared server."""

@pytest.mark.proves("greet")
def test_it_greets(server):
    """It greets."""
    assert True

@pytest.mark.harm("no")
def test_of_nothing():
    """It is refused."""
    assert True

@pytest.mark.harm("greet")
def test_asserts_nothing():
    """It is refused too."""

class TestInside:
    def test_inside(self):
        assert "chapter/greeting.sql"

def test_failing():
    assert False
'''


def test_the_writer_in_this_process(
    project: Project, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger is written from the outcomes and from coverage's own data file."""
    monkeypatch.chdir(project.root)
    project.write("snippets/chapter/greeting.sql", "SELECT 1;\n")
    project.write("pytest.ini", "[pytest]\n")
    file = project.write("tests/test_alone.py", STANDALONE)
    data = CoverageData(str(project.root / ".coverage"))
    snippet = str(project.root / "snippets/chapter/greeting.py")
    data.set_context("tests/test_alone.py::test_it_greets|run")
    data.add_lines({snippet: [10]})
    data.set_context("fixture:tests.test_alone.server")
    data.add_lines({snippet: [9], str(file): [1]})
    data.write()
    options = [
        "no:cov",
        "no:randomly",
        "no:xdist",
        "no:cacheprovider",
        "handbook.plugin",
    ]
    flags = [flag for option in options for flag in ("-p", option)]
    flags += ["--import-mode=importlib", "--ledger", "tests/test_alone.py"]
    for _ in range(2):  # the second run carries nothing over that did not run
        pytester.inline_run(*flags, f"--rootdir={project.root}")
    tests = entries(project)

    assert {"test_it_greets", "test_inside"} == {*tests}
    assert {"snippets/chapter/greeting.py": [9, 10]} == tests["test_it_greets"]["ran"]
    assert {"snippets/chapter/greeting.sql": []} == tests["test_inside"]["ran"]


@pytest.mark.parametrize("flag", ["--numprocesses=0", "--no-cov"])
def test_a_run_that_cannot_tell_which_test_ran_a_line_is_refused(
    tested: Project, flag: str
) -> None:
    """Without coverage, or in one process, no line is credited, so nothing is written."""
    run(tested, "--numprocesses=1", flag)

    assert not (tested.root / "ledger.json").exists()


def test_a_worker_writes_no_ledger() -> None:
    """Under xdist only the process that gathers the results writes."""
    options = {"--ledger": True}
    lines: list[str] = []
    worker: Any = SimpleNamespace(
        addinivalue_line=lambda _name, line: lines.append(line),
        getoption=options.get,
        workerinput={},
    )
    pytest_configure(worker)

    assert 2 == len(lines)


@pytest.mark.parametrize("option", ["numprocesses", "no_cov"])
def test_the_reason_is_said(option: str) -> None:
    """What the ledger needs is said in one line."""
    options: dict[str, Any] = {"--ledger": True, "numprocesses": 1, "no_cov": False}
    options[option] = not options[option]
    config: Any = SimpleNamespace(
        addinivalue_line=lambda _name, _line: None,
        getoption=lambda name, default=None: options.get(name, default),
    )

    with pytest.raises(pytest.UsageError, match="--ledger needs --cov, and"):
        pytest_configure(config)


def test_an_earlier_test_is_kept_unless_it_failed(project: Project) -> None:
    """A run keeps what an earlier one proved or saw fail, if it is still to be found."""
    CoverageData(str(project.root / ".coverage")).write()
    writer = Writer(project.root)
    support = support_digest(project.root)
    old = [{"id": f"tests/a.py::{n}", "line": 1, "summary": "A."} for n in ("a", "b")]
    data = {
        "schema": 1,
        "support": support,
        "versions": {},
        "tests": old,
        "failed": ["tests/c.py::c[1]", "tests/c.py::gone", "tests/gone.py::d"],
    }
    project.write("ledger.json", json.dumps(data))
    project.write("tests/c.py", "def c(n): ...\n")
    writer.failed.add("tests/a.py::a")
    writer.outputs["tests/a.py::a"] = []
    writer.pytest_sessionfinish()

    assert {"b"} == {*entries(project)}
    assert "2 tests failed in the last run" in Ledger.load(project.root).problem()


def test_without_prometheus_no_version_of_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The ledger names the Prometheus that is installed, and none if there is none."""
    tool = tmp_path / "prometheus"
    tool.write_text("#!/bin/sh\necho prometheus, version 9.8.7+ds '(HEAD)'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert "9.8.7" == versions()["Prometheus"]

    monkeypatch.setenv("PATH", "")
    assert "Prometheus" not in versions()
