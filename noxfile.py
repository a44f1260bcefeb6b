"""Every check of the handbook, one session each; nothing is checked elsewhere."""

import os
import socket
import sys
from pathlib import Path

OLDEST = (3, 11, 5)
if sys.version_info < OLDEST:
    sys.exit(
        "Proven Practice needs Python 3.11.5 or newer, and this is"
        f" {sys.version.split()[0]}: make .venv with a newer python3."
    )

import nox  # noqa: E402 # the line above must come first

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
GROUPS = ["site", "lint", "tests", "types", "zensical", "browser"]
PORT = int(os.environ.get("PORT", "8000"))


def install(session: nox.Session, group: str) -> None:
    """Install one group, every file checked against its hash in the lock."""
    if session.venv_backend != "none":
        stamp = Path(session.virtualenv.location, "lock.txt")
        lock = (ROOT / "locks" / f"{group}.txt").read_text(encoding="utf-8")
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
            session.install("--require-hashes", "-r", f"locks/{group}.txt")
            stamp.write_text(lock, encoding="utf-8")
    session.env["PYTHONPATH"] = str(ROOT)  # children find handbook and snippets
    session.env["NO_MKDOCS_2_WARNING"] = "1"  # see DESIGN: Zensical builds it too


@nox.session(default=False)
def serve(session: nox.Session) -> None:
    """Serve the handbook at http://127.0.0.1:8000 with live reload."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            session.error(f"port {PORT} is busy: PORT=8001 nox -s serve takes another")
    install(session, "site")
    session.run("python", "-m", "handbook", "inputs")
    address = f"127.0.0.1:{PORT}"
    session.run("python", "-m", "mkdocs", "serve", "--dev-addr", address)


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Run the reference service and watch it; `-- --break payments` breaks a part."""
    install(session, "tests")  # it starts a PostgreSQL of its own
    command = ["python", "-m", "snippets.orders.demo", *session.posargs]
    session.run(*command, interrupt_timeout=30, terminate_timeout=30)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and faults of all Python with ruff; `-- --fix` mends them."""
    install(session, "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", *([] if session.posargs else ["--check"]))


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of all Python with mypy, strictly."""
    install(session, "types")
    session.run("mypy", "handbook", "snippets", "tests", "noxfile.py")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the proofs and write the ledger; `-- chapter/page` runs one page's."""
    paths = proofs(session)
    install(session, "tests")
    partial = ["--cov-fail-under=0", "--cov-report="] if paths else []
    session.run(
        "pytest", "--ledger", "--cov", "--ignore=tests/browser", *partial, *paths
    )


def proofs(session: nox.Session) -> list[str]:
    """Find the test files of the pages given, as `chapter/page` or as files."""
    found = []
    for argument in session.posargs:
        chapter, _, name = argument.rpartition("/")
        file = Path("tests", chapter, f"test_{name.replace('-', '_')}.py")
        if argument.startswith("-") or Path(argument.partition("::")[0]).is_file():
            found.append(argument)
        elif (ROOT / file).exists():
            found.append(str(file))
        else:
            session.error(f"there is no {file}: name a page, as in chapter/page")
    return found


@nox.session
def security(session: nox.Session) -> None:
    """Look for keys in the history, and for workflows that trust too much."""
    if not (ROOT / ".git").exists():
        session.skip("there is no history here: clone the repository")
    install(session, "tests")
    session.run("zizmor", "--offline", "--strict-collection", ".github")
    if (ROOT / ".git/shallow").exists():
        session.skip("the history is cut off here: git fetch --unshallow")
    session.run("python", "-m", "snippets.delivery.supply_chain.history")


@nox.session
def site(session: nox.Session) -> None:
    """Build the site strictly and refuse what no test ran."""
    install(session, "site")
    session.run("python", "-m", "handbook", "inputs")
    session.run("python", "-m", "mkdocs", "build", "--strict")  # --quiet hides faults
    session.run("python", "-m", "handbook", "site", "build/site")


@nox.session
def zensical(session: nox.Session) -> None:
    """Build the same sources with Zensical and compare the pages."""
    install(session, "zensical")
    session.run("python", "-m", "handbook", "inputs")
    session.env["SITE_DIR"] = "build/zensical"
    session.run("python", "-m", "zensical", "build", "--clean", "--strict", silent=True)
    session.run("python", "-m", "handbook", "exports", "build/zensical")
    session.run("python", "-m", "handbook", "compare", "build/site", "build/zensical")


@nox.session
def browser(session: nox.Session) -> None:
    """Read the built site in Chromium, wide and narrow, light and dark."""
    install(session, "browser")
    options = [
        "--no-cov",
        "--dist=worksteal",
    ]  # no server is shared by the tests of a file
    session.run("pytest", "tests/browser", *options, *session.posargs)


@nox.session(default=False)
def new(session: nox.Session) -> None:
    """Begin a page; `-- resilience/bulkheads "Bulkheads"` names it."""
    install(session, "site")
    session.run("python", "-m", "handbook.new", *session.posargs)


@nox.session(default=False)
def update(session: nox.Session) -> None:
    """Write again the outputs that pages show, from real runs."""
    paths = proofs(session)
    install(session, "tests")
    session.run("pytest", "--update-outputs", "--no-cov", *paths)


@nox.session(default=False)
def mutants(session: nox.Session) -> None:
    """Put a fault in each line of the snippets; `-- chapter/page` takes one page."""
    install(session, "tests")
    session.run("python", "-m", "handbook.mutants", *session.posargs)


@nox.session(default=False)
def stale(session: nox.Session) -> None:
    """List the pages that nobody has reviewed for a year, and fail if there is one."""
    install(session, "site")
    session.run("python", "-m", "handbook", "stale")


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Resolve the newest versions and write every lock."""
    session.install("uv")
    for group in ["all", *GROUPS]:
        constraint = [] if group == "all" else ["--constraint", "locks/all.txt"]
        session.run(
            "uv", "pip", "compile", "pyproject.toml", "--group", group, *constraint,
            "--universal",  # one lock for every platform and Python
            "--python-version", ".".join(map(str, OLDEST)),
            "--generate-hashes", "--no-emit-index-url", "--no-annotate",
            "--custom-compile-command", "nox -s lock",
            "--upgrade", "--quiet", "--output-file", f"locks/{group}.txt",
        )  # fmt: skip
