"""Bad input to a command gives one clear line, no traceback and a non-zero exit."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

import httpx
import pytest

from handbook.__main__ import main
from tests.projects import PAGE, ROOT, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

NOX = [sys.executable, "-m", "nox", "--force-venv-backend", "none"]
MKDOCS = [sys.executable, "-m", "mkdocs"]


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the current folder."""
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        check=False,
        capture_output=True,
        text=True,
    )


@contextmanager
def serve() -> Iterator[str]:
    """Serve the handbook of the current folder, and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*MKDOCS, "serve", "--dev-addr", f"127.0.0.1:{port}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    deadline = Timer(60, process.kill)  # a server that says nothing more
    deadline.start()
    try:
        until(process, "Serving on")
        with wait_for(process):
            yield f"http://127.0.0.1:{port}/"
    finally:
        deadline.cancel()
        process.terminate()
        process.stderr.read()
        process.wait()
        process.stderr.close()


PROCESS: list[subprocess.Popen[str]] = []


@contextmanager
def wait_for(process: subprocess.Popen[str]) -> Iterator[None]:
    """Let `reloaded` read what a server says."""
    PROCESS.append(process)
    try:
        yield
    finally:
        PROCESS.pop()


def until(process: subprocess.Popen[str], words: str) -> None:
    """Read what a server says, until it says some words."""
    assert process.stderr
    while words not in (line := process.stderr.readline()):
        assert line, f"the server ended before it said {words}"


def reloaded(address: str) -> str:
    """Give a page as it is after the next reload."""
    until(PROCESS[-1], "Reloading browsers")
    return httpx.get(address).text


def test_an_edit_to_a_page_a_snippet_or_the_ledger_shows(project: Project) -> None:
    """The preview shows an edit to a page, to a snippet, and a new ledger."""
    ledger = project.write(
        "ledger.json",
        '{"schema": 1, "support": "", "tests": [], "failed": [], "versions": {}}',
    )
    with serve() as home:
        page = f"{home}chapter/greeting/"
        project.page(
            PAGE.replace("Greet it by name", "Greet it twice"), "chapter/greeting.md"
        )
        assert "Greet it twice" in reloaded(page)
        file = project.root / "snippets/chapter/greeting.py"
        file.write_text(file.read_text("utf-8").replace("hello", "good day"), "utf-8")
        assert "good day" in reloaded(page)
        project.page("```python\nx = 1\n```\n")
        assert "Refused:" in reloaded(home)
        ledger.write_text(ledger.read_text("utf-8") + "\n", encoding="utf-8")
        assert "Refused:" in reloaded(home)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "ledger.json",
            '{"schema": 1, "tes',
            "ledger.json is cut short or not a ledger",
        ),
        (
            "docs/index.md",
            "---\ntitle: [\n---\n",
            "docs/index.md:2: broken front matter",
        ),
        ("snippets/chapter/greeting.py", "f(\n", "snippets/chapter/greeting.py:1: '('"),
        ("handbook/registry.toml", "[", "handbook/registry.toml: "),
    ],
)
def test_broken_input_stops_every_command(
    project: Project, name: str, text: str, line: str
) -> None:
    """A broken file stops the check and the build alike, with one line about it."""
    project.write(name, text)
    checked = run(sys.executable, "-m", "handbook", "inputs")
    built = run(*MKDOCS, "build")
    served = run(*MKDOCS, "serve")

    assert checked.stderr.startswith(line)
    assert 1 == checked.stderr.count("\n")
    for done in (checked, built, served):
        assert line in done.stderr
        assert "Traceback" not in done.stderr
        assert 1 == done.returncode


def test_a_busy_port_has_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serving on a port that is taken says so, and how to take another."""
    monkeypatch.chdir(ROOT)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(*NOX, "-s", "serve", PORT=port, FORCE_COLOR="0")

    assert f"port {port} is busy: PORT=8001 nox -s serve takes another" in done.stderr
    assert "Traceback" not in done.stderr
    assert 0 != done.returncode


def test_an_older_python_has_one_line() -> None:
    """Every session under Python 3.10 ends in one line that names what is needed.

    No package brings an older interpreter, so the version alone is pretended; that
    the file can be parsed by one is checked for real.
    """
    source = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 10))
    code = "import sys; sys.version_info = (3, 10, 13, 'final', 0); import noxfile"
    done = run(sys.executable, "-c", code)

    assert done.stderr.startswith("Proven Practice needs Python 3.11.5 or newer, and")
    assert 1 == done.stderr.count("\n")
    assert 1 == done.returncode


def test_a_page_that_does_not_exist_has_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asking for the proofs of a page that does not exist names the missing file."""
    monkeypatch.chdir(ROOT)
    done = run(*NOX, "-s", "tests", "--", "chapter/no-page", FORCE_COLOR="0")

    assert "there is no tests/chapter/test_no_page.py: name a page" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["no"], ["site"], ["inputs", "more"]])
def test_an_unknown_command_says_which_there_are(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """A command that does not exist is answered with those that do."""

    assert 1 == main(arguments)
    assert "inputs, exports, site, compare or stale" in capsys.readouterr().err
    assert project


def test_a_built_site_is_checked(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a ledger the check passes with a note; in CI it fails with that line."""
    site = str(project.build())
    monkeypatch.delenv("CI", raising=False)
    codes = [main(["inputs"]), main(["exports", site]), main(["compare", site, site])]
    codes.append(main(["site", site]))
    monkeypatch.setenv("CI", "true")
    codes.append(main(["site", site]))

    assert [0, 0, 0, 0, 1] == codes
    line = "there is no ledger.json: nox -s tests writes it\n"
    assert f"note: {line}{line}" == capsys.readouterr().err


def test_a_ledger_that_is_stale_fails_in_ci(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In CI a ledger older than the files fails, and says how many tests are stale."""
    test = '{"id": "tests/a.py::b", "line": 1, "summary": "B.", "digests": {}}'
    text = f'{{"schema": 1, "support": "old", "failed": [], "versions": {{}}, "tests": [{test}]}}'
    project.write("ledger.json", text)
    monkeypatch.setenv("CI", "true")

    assert 1 == main(["site", str(project.build())])
    assert "1 tests ran before the last edit: nox -s tests\n" == capsys.readouterr().err
