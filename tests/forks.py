"""Start programs in processes that have imported the slow packages already.

A service takes a second to import what it needs, and these tests start dozens. So
one process imports it, and each program is a fork of that: a process of its own,
with its own signals, environment and exit.
"""

from __future__ import annotations

import atexit
import os
import runpy
import subprocess
import sys
from multiprocessing import forkserver, get_context
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TextIO

import coverage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, ForkServerProcess

PRELOADED = [  # nothing of ours: the lines that import runs would not be measured
    "coverage",
    "fastapi",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.instrumentation.httpx",
    "prometheus_client.multiprocess",
    "psycopg_pool",
    "pydantic.v1",  # the first route of FastAPI asks for it
    "pydantic_settings",
    "redis",
    "structlog",
    "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.h11_impl",
]
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(PRELOADED)
ALONE = Lock()  # each start asks for the ends of all others, and may be told only once


class Process(Protocol):
    """What both kinds of process can do."""

    @property
    def pid(self) -> int:
        """Its number."""

    def terminate(self) -> None:
        """Send SIGTERM."""

    def kill(self) -> None:
        """Send SIGKILL."""

    def wait(self) -> int:
        """Wait for its end, and give its exit code."""


class Fork:
    """A fork, as `subprocess` would have it."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid = process.pid or 0
        self.terminate = process.terminate
        self.kill = process.kill

    def wait(self) -> int:
        """Wait for its end, and give its exit code."""
        with ALONE:
            self._process.join()
        return self._process.exitcode or 0


def start(command: list[str], environment: Mapping[str, str]) -> tuple[Process, TextIO]:
    """Run `python -m` with a command, and give the process and what it writes.

    Variables that a package reads when it is imported come too late; so does
    `PYTHONPATH`.
    """
    with ALONE:
        forks = ready()
        read, write = forks.Pipe(duplex=False)
        process = forks.Process(target=_run, args=(command, dict(environment), write))
        process.start()
    write.close()
    output = os.fdopen(os.dup(read.fileno()), encoding="utf-8")
    read.close()
    return Fork(process), output


def ready() -> ForkServerContext:
    """Give the context of the forks; its server measures no coverage itself.

    Whoever forks asks here first: a server that measures would credit what its
    forks run to nobody.
    """
    measured = {name: os.environ.pop(name) for name in [*os.environ] if is_cover(name)}
    forkserver.ensure_running()
    os.environ.update(measured)
    return FORKS


def start_fresh(
    command: list[str], environment: Mapping[str, str]
) -> tuple[Process, TextIO]:
    """Do the same with an interpreter of its own, which imports everything itself."""
    return start_program([sys.executable, "-m", *command], environment)


def start_program(
    command: list[str], environment: Mapping[str, str]
) -> tuple[Process, TextIO]:
    """Run a program, and give the process and what it writes."""
    read, write = os.pipe()
    with os.fdopen(write, "w") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return process, os.fdopen(read, encoding="utf-8")


def is_cover(name: str) -> bool:
    """Say whether a variable makes a child measure its coverage."""
    return name.startswith("COVERAGE_")


def _run(command: list[str], environment: dict[str, str], output: Connection) -> None:
    """Become the program, in the child."""
    os.environ.clear()
    os.environ.update(environment)
    for standard in (1, 2):
        os.dup2(output.fileno(), standard)
    output.close()
    assert coverage.Coverage.current() is None, "somebody else started the server"
    coverage.process_startup()
    sys.argv = command
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001 # multiprocessing leaves them out
