"""Run a program that serves no port as a process of its own."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from threading import Timer

from tests import forks
from tests.waiting import PATIENCE


class Child(AbstractContextManager["Child"]):
    """A process whose lines are read as they come.

    Args:
        module: What `python -m` runs, with its arguments.
        environment: What is set for it besides.
    """

    def __init__(self, module: str, **environment: str) -> None:
        variables = {**os.environ, **environment}
        self.process, self._stdout = forks.start(module.split(), variables)
        self._timer = Timer(PATIENCE, self.process.kill)
        self._timer.start()

    def wait_for(self, text: str) -> None:
        """Wait until it writes a line that holds a text."""
        read = ""
        for line in self._stdout:
            read += line
            if text in line:
                return
        message = f"the process ended without writing {text}:\n{read}"
        raise RuntimeError(message)

    def end(self) -> tuple[int, str]:
        """Wait for its end, and give its exit code and what it still wrote."""
        rest = self._stdout.read()
        return self.process.wait(), rest

    def __exit__(self, *_: object) -> None:
        """Leave no process behind, whatever happened."""
        self._timer.cancel()
        self.process.kill()
        self._stdout.close()
        self.process.wait()
