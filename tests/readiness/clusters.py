"""PostgreSQL servers of a test's own, to copy, to break and to bring back."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.site.tools import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 60  # until a program that should end at once is a failure
SMALL = """
fsync = off
listen_addresses = ''
shared_buffers = 16MB
unix_socket_directories = '{folder}'
"""


def programs() -> Path:
    """Give the folder of PostgreSQL's programs, of the tests' version."""
    bin_path: Path = postgres().bin_path
    return bin_path


def owner() -> str | None:
    """Give the user who runs the servers, when root runs the tests."""
    user: str | None = postgres().system_user
    return user


def run(
    *command: str | Path, check: bool = True, text: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL's, or a script that calls them, as their user."""
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        capture_output=True,
        check=check,
        cwd="/",
        encoding="utf-8",
        env={"PATH": path, "LC_ALL": "C", **settings},
        input=text,
        timeout=SECONDS,
        user=owner(),
    )


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder that the servers may write to, with a short name."""
    with TemporaryDirectory(prefix="pg-") as name:
        give(Path(name))
        yield Path(name)


def give(path: Path) -> None:
    """Give a folder, and what is in it, to the user of the servers."""
    if user := owner():
        for each in (path, *path.rglob("*")):
            shutil.chown(each, user)


def create(data: Path, settings: str = "") -> None:
    """Make a data directory, with settings besides those of a small server."""
    initdb = "--auth=trust --encoding=utf8 --username=postgres --no-sync"
    run("initdb", *initdb.split(), f"--pgdata={data}")
    with (data / "postgresql.conf").open("a") as file:
        file.write(settings)


@contextmanager
def started(data: Path) -> Iterator[str]:
    """Start a server on a data directory, and give its URL.

    Raises:
        CalledProcessError: It did not start; the file `log` beside its data says why.
    """
    sockets = data.with_suffix(".s")  # inside the data they would be copied
    sockets.mkdir(exist_ok=True)
    give(sockets)
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write(SMALL.format(folder=sockets))
    control = ("pg_ctl", f"--pgdata={data}", "--silent", "--wait")
    quiet = ("-l", f"{data}.log")
    try:
        run(*control, *quiet, f"--timeout={SECONDS}", "start")
        yield f"postgresql://postgres@/postgres?host={sockets}"
    finally:
        run(*control, "--mode=immediate", "stop", check=False)
