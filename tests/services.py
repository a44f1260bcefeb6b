"""Run a snippet as the process that it is in production."""

from __future__ import annotations

import json
import os
import re
import socket
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from handbook.children import SHARED
from tests.forks import start, start_fresh, start_program
from tests.waiting import PATIENCE

ROOT = Path(__file__).parent.parent


class Service(AbstractContextManager["Service"]):
    """A service in a process of its own, on a port that the system gives.

    Args:
        module: What `python -m` runs, with its arguments; it reads `PORT` and logs
            its address.
        fixture: The fixture that shares it, as `module.name`: its tests are credited.
        environment: What is set for it besides, `PORT` to give it one.
    """

    _start = staticmethod(start)

    def __init__(self, module: str, fixture: str, **environment: str) -> None:
        variables = {**os.environ, "PORT": "0", SHARED: fixture, **environment}
        self._process, self._stdout = self._start(module.split(), variables)
        self.output = ""
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = Thread(target=self._drain, daemon=True)
        self._reader.start()  # a pipe that nobody reads stops the service
        with ExitStack() as unless_it_starts:
            unless_it_starts.push(self)
            self.address = self.wait_for(r"http://127\.0\.0\.\d:\d+")
            unless_it_starts.pop_all()

    def wait_for(self, pattern: str) -> str:
        """Wait until it writes a line that holds a pattern, and give the match.

        Raises:
            RuntimeError: It ended before.
        """
        while line := self._lines.get(timeout=PATIENCE):
            self.output += line
            if found := re.search(pattern, line):
                return found[0]
        message = f"the service ended without writing {pattern}:\n{self.output}"
        raise RuntimeError(message)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def port(self) -> int:
        """The port that the system gave."""
        return int(self.address.rpartition(":")[2])

    def talk(self, *requests: str) -> None:
        """Send requests in one segment, and wait until the service hangs up."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall("".join(requests).encode())
            while connection.recv(65_536):
                pass

    def stop(self) -> list[dict[str, Any]]:
        """End the service with SIGTERM, and parse every line that it wrote."""
        self.end()
        return [json.loads(line) for line in self.output.splitlines()]

    def end(self) -> None:
        """End the service with SIGTERM, and keep what it wrote."""
        self._process.terminate()
        code = self.exit_code(PATIENCE)
        assert code is not None, f"it goes on after SIGTERM:\n{self.output}"

    def exit_code(self, seconds: float) -> int | None:
        """Wait for its end, and give its exit code; nothing if it goes on.

        Args:
            seconds: How long to wait at most.
        """
        self._reader.join(timeout=seconds)
        if self._reader.is_alive():
            return None
        while line := self._lines.get():
            self.output += line
        self._lines.put("")
        return self._process.wait()

    def signal(self, number: int) -> None:
        """Send the process a signal."""
        os.kill(self.pid, number)

    def __exit__(self, *_: object) -> None:
        """Leave no process behind, whatever happened."""
        self._process.terminate()  # it ends its own workers first
        self._reader.join(timeout=20)  # it writes what it has run
        self._process.kill()
        self._reader.join()
        self._stdout.close()
        self._process.wait()

    def _drain(self) -> None:
        for line in self._stdout:
            self._lines.put(line)
        self._lines.put("")  # the service has ended


class FreshService(Service):
    """A service in an interpreter of its own, as one with workers needs it."""

    _start = staticmethod(start_fresh)


class Program(Service):
    """A service in any language: a program that was built before."""

    _start = staticmethod(start_program)
