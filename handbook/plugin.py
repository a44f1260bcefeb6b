"""Pytest plugin: write the ledger of what a run proved."""

from __future__ import annotations

import ast
import difflib
import json
import platform
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import coverage
import pytest

from handbook.errors import HandbookError
from handbook.ledger import NAME, SCHEMA, Ledger, Test, digest, support_digest
from handbook.outputs import Output
from handbook.practices import read_practices

KEY: Final = "handbook"
MARKS: Final = ("proves", "harm")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the handbook."""
    group = parser.getgroup("handbook")
    group.addoption("--ledger", action="store_true", help=f"write {NAME}")
    group.addoption("--update-outputs", action="store_true", help="rewrite .out files")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the two markers, and collect results where they come together."""
    config.addinivalue_line("markers", "proves(practice): shows that it holds")
    config.addinivalue_line("markers", "harm(practice): shows what breaks without it")
    if config.getoption("--ledger") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Writer(config.rootpath), "handbook-ledger")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test what the ledger must know of it, to travel with its report."""
    for item in (item for item in items if isinstance(item, pytest.Function)):
        doc = (item.function.__doc__ or item.name.replace("_", " ")).strip()
        about = {
            "line": (item.location[1] or 0) + 1,
            "summary": doc.split("\n")[0],
            "fixtures": item.fixturenames,
            **{name: _practices(item, name) for name in MARKS},
        }
        item.user_properties.append((KEY, about))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that names no practice."""
    known = [practice.id for practice in read_practices(item.config.rootpath)]
    for practice in (p for name in MARKS for p in _practices(item, name)):
        if practice not in known:
            near = difflib.get_close_matches(practice, known, 1)
            hint = f": do you mean {near[0]}?" if near else ""
            pytest.fail(
                f"{item.nodeid}: no practice is {practice!r}{hint}", pytrace=False
            )


@pytest.fixture
def output(request: pytest.FixtureRequest) -> Output:
    """Compare what really happened with the output that a page shows."""
    update = request.config.getoption("--update-outputs")
    return Output(request.config.rootpath / "snippets", update=update)


class Writer:
    """Collect the outcome of every test, and write the ledger at the end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.about: dict[str, dict[str, Any]] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a report says."""
        if not report.passed:
            self.failed.add(report.nodeid)
        elif report.when == "call":
            properties: dict[str, Any] = dict(report.user_properties)
            self.about[report.nodeid] = properties.get(KEY, {})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the tests that passed; keep those of an earlier run that still hold."""
        ran = self._lines()
        tests = {
            name: self._test(name, about, ran)
            for name, about in self.about.items()
            if about and name not in self.failed
        }
        with suppress(HandbookError):  # a broken ledger is replaced
            for test in Ledger.load(self.root).current():
                if test.id not in self.failed:
                    tests.setdefault(test.id, test)
        data = {
            "schema": SCHEMA,
            "versions": versions(),
            "support": support_digest(self.root),
            "tests": [asdict(tests[name]) for name in sorted(tests)],
        }
        text = json.dumps(data, indent=1, sort_keys=True)
        (self.root / NAME).write_text(text + "\n", encoding="utf-8")

    def _test(
        self, name: str, about: dict[str, Any], ran: dict[str, dict[str, set[int]]]
    ) -> Test:
        lines = defaultdict(set, {path: {*rows} for path, rows in ran[name].items()})
        for fixture in about.pop("fixtures"):
            for path, rows in ran[f"fixture:{fixture}"].items():
                lines[path] |= rows
        test = Test(id=name, **about)
        for path in named(self.root, name):
            lines[path] |= set()
        files = sorted({test.path, *lines})
        digests = {path: digest(self.root / path) for path in files}
        shown = {path: sorted(rows) for path, rows in sorted(lines.items())}
        return Test(id=name, **about, ran=shown, digests=digests)

    def _lines(self) -> dict[str, dict[str, set[int]]]:
        """Give the lines that each context ran, by file."""
        ran: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        data = coverage.CoverageData(str(self.root / ".coverage"))
        data.read()
        for file in data.measured_files():
            path = Path(file)
            if path.is_relative_to(self.root / "snippets"):
                shown = path.relative_to(self.root).as_posix()
                for line, contexts in data.contexts_by_lineno(file).items():
                    for context in contexts:
                        ran[context.partition("|")[0]][shown].add(line)
        return ran


def named(root: Path, test: str) -> list[str]:
    """List the snippets in other languages that a test names.

    It names them in its own code, or in the parameter that it runs with.
    """
    path, _, function = test.partition("::")
    name, _, parameter = function.rpartition("::")[2].partition("[")
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    own = [node for node in ast.walk(tree) if getattr(node, "name", "") == name]
    inner = [n for node in own for n in ast.walk(node)]
    words = [str(n.value) for n in inner if isinstance(n, ast.Constant)]
    paths = [f"snippets/{word}" for word in [*words, parameter.rstrip("]")]]
    return [p for p in paths if not p.endswith((".py", "/")) and (root / p).is_file()]


def versions() -> dict[str, str]:
    """Give the version of Python and of every distribution that is installed."""
    found = {d.name.lower(): d.version for d in metadata.distributions()}
    return {"Python": platform.python_version(), **found}


def _practices(item: pytest.Item, mark: str) -> list[str]:
    return [str(word) for found in item.iter_markers(mark) for word in found.args]
