"""Pytest plugin: write the ledger of what a run proved."""

from __future__ import annotations

import ast
import difflib
import inspect
import json
import platform
import re
import shutil
import subprocess
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import coverage
import pytest

from handbook.errors import HandbookError
from handbook.ledger import NAME, SCHEMA, Ledger, Test, digest, support_digest
from handbook.outputs import Output
from handbook.practices import pages, read_practices
from handbook.sources import COMPARED, DIRECTIVE, imported

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

KEY: Final = "handbook"
OUTPUTS: Final = "outputs"
MARKS: Final = ("proves", "harm")
PATH: Final = re.compile(r"[\w-]+(?:/[\w.-]+)+\Z")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the handbook."""
    group = parser.getgroup("handbook")
    group.addoption("--ledger", action="store_true", help=f"write {NAME}")
    group.addoption("--update-outputs", action="store_true", help="rewrite outputs")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the two markers, and collect results where they come together."""
    config.addinivalue_line("markers", "proves(practice): shows that it holds")
    config.addinivalue_line("markers", "harm(practice): shows what breaks without it")
    if config.getoption("--ledger") and not hasattr(config, "workerinput"):
        if not config.getoption("numprocesses", default=1) or config.getoption(
            "no_cov", default=False
        ):
            raise pytest.UsageError(
                "--ledger needs --cov, and --numprocesses=1 or more"
            )
        config.pluginmanager.register(Writer(config.rootpath), "handbook-ledger")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test what the ledger must know of it, to travel with its report."""
    for item in (item for item in items if isinstance(item, pytest.Function)):
        doc = (item.function.__doc__ or item.name.replace("_", " ")).strip()
        about = {
            "line": (item.location[1] or 0) + 1,
            "summary": doc.split("\n")[0],
            "fixtures": _fixtures(item),
            **{name: _practices(item, name) for name in MARKS},
        }
        item.user_properties.append((KEY, about))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that names no practice, and a proof that asserts nothing."""
    known = [practice.id for practice in read_practices(item.config.rootpath)]
    for practice in (p for name in MARKS for p in _practices(item, name)):
        if practice not in known:
            near = difflib.get_close_matches(practice, known, 1)
            hint = f"do you mean {near[0]}?" if near else "write its heading in a page"
            message = f"{item.nodeid}: no practice is {practice!r}: {hint}"
            pytest.fail(message, pytrace=False)
    function = getattr(item, "function", None)
    if function and any(_practices(item, name) for name in MARKS):
        source = inspect.getsource(function)
        if not any(word in source for word in ("assert ", "raises(", ".check(")):
            pytest.fail(
                f"{item.nodeid} proves nothing: it asserts nothing", pytrace=False
            )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say which practice a failure makes untrue, and which pages show its code."""
    report = yield
    broken = {practice for name in MARKS for practice in _practices(item, name)}
    root, path = item.config.rootpath, item.nodeid.partition("::")[0]
    rows = [
        f"{practice.id}: docs/{practice.page}:{practice.line}"
        for practice in read_practices(root)
        if practice.id in broken and report.failed
    ]
    if rows:
        report.sections.append(("no longer true", "\n".join(rows)))
        report.sections.append(("the code is shown on", "\n".join(showing(root, path))))
    return report


def showing(root: Path, test: str) -> list[str]:
    """List the pages that show a file which a test imports or names.

    Args:
        root: The root of the project.
        test: A file of tests, relative to the root.
    """
    text = (root / test).read_text(encoding="utf-8")
    words = {f"snippets/{word}" for word in re.findall(r"[\w-]+(?:/[\w.-]+)+", text)}
    files = imported(root, test) | words
    return [
        f"docs/{page.relative_to(root / 'docs').as_posix()}"
        for page in pages(root)
        if any(
            f"snippets/{ref.partition(':')[0]}" in files
            for ref in DIRECTIVE.findall(page.read_text(encoding="utf-8"))
        )
    ]


@pytest.fixture
def output(request: pytest.FixtureRequest) -> Iterator[Output]:
    """Compare what really happened with the output that a page shows."""
    update = request.config.getoption("--update-outputs")
    compared = Output(request.config.rootpath / "snippets", update=update)
    yield compared
    request.node.user_properties.append((OUTPUTS, compared.checked))


class Writer:
    """Collect the outcome of every test, and write the ledger at the end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.about: dict[str, dict[str, Any]] = {}
        self.failed: set[str] = set()
        self.outputs: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a report says."""
        properties: dict[str, Any] = dict(report.user_properties)
        self.outputs[report.nodeid] = properties.get(OUTPUTS, [])
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.passed and report.when == "call":
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
        failed = set(self.failed)
        with suppress(HandbookError):  # a broken ledger is replaced
            earlier = Ledger.load(self.root)
            failed |= {name for name in earlier.failed if self._may_fail_still(name)}
            for test in earlier.current():
                if test.id not in self.outputs:
                    tests.setdefault(test.id, test)
        data = {
            "schema": SCHEMA,
            "failed": sorted(failed),
            "versions": versions(),
            "support": support_digest(self.root),
            "tests": [asdict(tests[name]) for name in sorted(tests)],
        }
        text = json.dumps(data, indent=1, sort_keys=True)
        (self.root / NAME).write_text(text + "\n", encoding="utf-8")

    def _may_fail_still(self, name: str) -> bool:
        """Say whether a test that failed earlier is there, and was not run now."""
        path, _, function = name.partition("::")
        file = self.root / path
        if name in self.outputs or not file.is_file():
            return False
        return f"def {function.partition('[')[0]}(" in file.read_text("utf-8")

    def _test(
        self, name: str, about: dict[str, Any], ran: dict[str, dict[str, set[int]]]
    ) -> Test:
        lines = defaultdict(set, {path: {*rows} for path, rows in ran[name].items()})
        for fixture in about.pop("fixtures"):
            for path, rows in ran[f"fixture:{fixture}"].items():
                lines[path] |= rows
        test = Test(id=name, **about)
        outputs = [f"snippets/{shown}" for shown in self.outputs[name]]
        for path in [*named(self.root, name), *outputs]:
            lines[path] |= set()
        files = {test.path, *lines}
        files |= {other for file in files for other in imported(self.root, file)}
        digests = {path: digest(self.root / path) for path in sorted(files)}
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

    It names them in its own code, in a constant of its module that it uses, or in
    the parameter that it runs with. An output is credited only to the test that
    compares it.
    """
    path, _, function = test.partition("::")
    name, _, parameter = function.rpartition("::")[2].partition("[")
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    own = [node for node in ast.walk(tree) if getattr(node, "name", "") == name]
    inner = [n for node in own for n in ast.walk(node)]
    used = {node.id for node in inner if isinstance(node, ast.Name)}
    inner += [n for node in constants(tree, used) for n in ast.walk(node)]
    words = [str(n.value) for n in inner if isinstance(n, ast.Constant)]
    words = [word for word in [*words, parameter.rstrip("]")] if PATH.match(word)]
    paths = [f"snippets/{word}" for word in words]
    skipped = (".py", "/", *COMPARED)
    return [p for p in paths if not p.endswith(skipped) and (root / p).is_file()]


def constants(tree: ast.Module, names: set[str]) -> list[ast.expr]:
    """Give the values of the constants of a module that have these names."""
    found: list[tuple[ast.expr, ast.expr | None]] = []
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            found.append((node.target, node.value))
        elif isinstance(node, ast.Assign):
            found += [(target, node.value) for target in node.targets]
    return [
        value
        for target, value in found
        if value and isinstance(target, ast.Name) and target.id in names
    ]


def versions() -> dict[str, str]:
    """Give the version of Python, of Prometheus and of every distribution."""
    found = {d.name.lower(): d.version for d in metadata.distributions()}
    if tool := shutil.which("prometheus"):
        told = subprocess.run([tool, "--version"], capture_output=True, check=True)  # noqa: S603 # found just now
        found["Prometheus"] = told.stdout.split()[2].partition(b"+")[0].decode()
    return {"Python": platform.python_version(), **found}


def _fixtures(item: pytest.Function) -> list[str]:
    """Name the fixtures of a test by the modules that define them."""
    known = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 # pytest has no other way
    used = [fixture for name in item.fixturenames for fixture in known.get(name, ())]
    return [f"{fixture.func.__module__}.{fixture.argname}" for fixture in used]


def _practices(item: pytest.Item, mark: str) -> list[str]:
    return [str(word) for found in item.iter_markers(mark) for word in found.args]
