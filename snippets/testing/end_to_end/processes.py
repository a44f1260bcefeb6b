# ruff: noqa: S603 # the command is ours
"""Start what the test is about, as production does."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep


@contextmanager
def started(
    module: str,
    environment: Mapping[str, str],
    ready: str,
    log: Path,
    seconds: float = 60,
) -> Iterator[tuple[str, int]]:
    """Run a module in a process until the test is over.

    Args:
        module: What `python -m` runs.
        environment: All of its variables.
        ready: Pattern of what it writes as soon as it can be used.
        log: Where it writes to; keep the file when the test fails.
        seconds: How long it may take to be ready.

    Yields:
        What matched, as an address, and the number of the process.

    Raises:
        RuntimeError: It ended, or was not ready in time.
    """
    command = [sys.executable, "-m", module]
    end = monotonic() + seconds
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            while not (found := re.search(ready, log.read_text())):
                if process.poll() is not None or monotonic() > end:
                    raise RuntimeError(log.read_text())
                sleep(0.02)
            yield found[0], process.pid
        finally:
            process.terminate()
