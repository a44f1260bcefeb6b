"""A copy of a service, in a process that the probe started."""

import asyncio
import os
import shlex
import signal
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from snippets.readiness.probe.asking import Asker, UnreachableError
from snippets.readiness.probe.settings import Settings, expanded

LINES = 10_000  # that are kept of each stream


class StartError(Exception):
    """A copy did not start; the message is one line."""


@dataclass
class Copy:
    """A copy, and what it writes.

    Attributes:
        process: The process.
        asker: Who asks it.
        stdout: Its last lines.
        stderr: Its last lines there.
    """

    process: asyncio.subprocess.Process
    asker: Asker
    stdout: deque[str] = field(
        default_factory=lambda: deque(maxlen=LINES)
    )
    stderr: deque[str] = field(
        default_factory=lambda: deque(maxlen=LINES)
    )

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.asker.address.rpartition(":")[2])

    async def up(
        self, path: str, seconds: float, below: int = 500
    ) -> None:
        """Wait until it answers with a status below a limit.

        Raises:
            StartError: It ended, or it does not in time.
        """
        why = ""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.process.returncode is None:
                    try:
                        answer = await self.asker.ask(
                            path, limit=seconds
                        )
                    except UnreachableError as error:
                        why = str(error)
                    else:
                        if answer.status < below:
                            return
                        why = f"{path} answers {answer.status}"
                    await asyncio.sleep(0.05)
        written = [x for x in (*self.stdout, *self.stderr) if x.strip()]
        said = (written or [why or "nothing was written"])[-1]
        code = self.process.returncode
        did = (
            f"ended with {code}"
            if code is not None
            else f"took {seconds:g} s"
        )
        raise StartError(f"the copy {did}: {said}")

    async def end(self, seconds: float) -> int | None:
        """Wait for its end; give its exit code, or nothing if it goes on."""
        with suppress(TimeoutError):
            return await asyncio.wait_for(self.process.wait(), seconds)
        return None


def free_port() -> int:
    """Ask the system for a port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def started(
    settings: Settings, **variables: str
) -> AsyncIterator[Copy]:
    """Start a copy, and leave nothing of it behind.

    Args:
        settings: How it is started.
        variables: Variables that come last.

    Raises:
        StartError: There is no such program.
    """
    start, port = settings.start, free_port()
    environment = {
        **os.environ,
        **expanded(start.environment),
        start.port: str(port),
        **variables,
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(start.command.replace("{port}", str(port))),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=2**20,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", error)
        raise StartError(f"{start.command!r}: {why}") from error
    address = f"http://127.0.0.1:{port}"
    async with Asker(address, settings.timeout) as asker:
        copy = Copy(process, asker)
        readers = [
            asyncio.create_task(keep(process.stdout, copy.stdout)),
            asyncio.create_task(keep(process.stderr, copy.stderr)),
        ]
        try:
            yield copy
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            await asyncio.gather(*readers)


async def keep(
    stream: asyncio.StreamReader | None, lines: deque[str]
) -> None:
    """Keep the last lines of a stream: one that is not read blocks."""
    while stream and (part := await stream.read(65_536)):
        first, *more = part.decode(errors="replace").split("\n")
        lines.append((lines.pop() if lines else "") + first)
        lines.extend(more)
