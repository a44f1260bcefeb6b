"""The servers that a signal ends, in both languages, and callers on raw sockets."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from tests.services import Program, Service
from tests.site.tools import GO as SETTINGS
from tests.site.tools import require, run
from tests.waiting import wait_until

Seen = dict[str, str]
SNIPPETS = Path(__file__).parents[3] / "snippets"
GO = "resilience/graceful_shutdown/server/main.go"
DRAFT = "resilience/graceful_shutdown/draft/main_dont.go"
PYTHON = "resilience/graceful_shutdown/serving.py"
UVICORN = "resilience/graceful_shutdown/defaults_dont.py"
APP = "tests.resilience.shutdown.app"
KILLED = "goes on"  # what is told of a server that has to be killed
LONG = 30.0  # seconds; no server takes them
LIMIT = 1.0  # second, where a limit is to be met


def build(folder: Path, server: str) -> str:
    """Build a server with the routes of the test, and give the path of the program.

    The draft's thirty seconds are two.
    """
    source, tests = SNIPPETS / server, Path(__file__).parent
    text = source.read_text("utf-8").replace("30 * time", "2 * time")
    (folder / source.name).write_text(text, "utf-8")
    for name in ("routes.go", f"{source.stem}_routes.go"):
        shutil.copy(tests / name, folder)
    files = sorted(file.name for file in folder.glob("*.go"))
    go = require("go")
    built = run(
        go, "build", "-o", "server", *files, cwd=folder, **SETTINGS, CGO_ENABLED="0"
    )
    assert built.returncode == 0, built.stderr
    return str(folder / "server")


class Servers:
    """The servers of a page, each named by its file.

    Args:
        folder: Where those in Go are built.
        fixture: Who is credited with what they run.
        programs: Those in Go.
    """

    def __init__(self, folder: Path, fixture: str, *programs: str) -> None:
        self.fixture = fixture
        # As they are now: those that measure are hidden while others are forked.
        self._environment = {**os.environ}
        self._programs = {}
        for number, server in enumerate(programs):
            (folder / str(number)).mkdir()
            self._programs[server] = build(folder / str(number), server)

    def start(self, server: str, *arguments: str, **environment: str) -> Service:
        """Start one, with limits that nothing meets unless the environment says so.

        Args:
            server: Its file.
            arguments: `traced` makes one in Python send spans.
            environment: What is set for it besides.
        """
        limits = {"READ_SECONDS": str(LONG), "DRAIN_SECONDS": str(LONG)}
        variables = {**self._environment, **limits, **environment}
        if program := self._programs.get(server):
            return Program(program, self.fixture, **variables)
        command = " ".join([APP, Path(server).stem, *arguments])
        return Service(command, self.fixture, **variables)


class Caller(http.client.HTTPConnection):
    """One connection, which is not made again when it is lost."""

    def __init__(self, service: Service) -> None:
        super().__init__("127.0.0.1", service.port, timeout=LONG)
        self.connect()
        self.auto_open = 0

    def __enter__(self) -> Self:
        """Close it in the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def get(self, path: str) -> None:
        """Send a request."""
        self.request("GET", path)

    def post(self, path: str, body: str, length: int) -> None:
        """Send a request, and as much of its body as is there."""
        self.putrequest("POST", path)
        self.putheader("Content-Length", str(length))
        self.endheaders(body.encode())

    def status(self) -> str:
        """Read the answer, and give its status; `none` if there is no answer."""
        try:
            self.answer = self.getresponse()
            self.answer.read()
        except (http.client.HTTPException, ConnectionError):
            return "none"
        return str(self.answer.status)

    def read(self) -> bytes:
        """Read what comes; nothing when the server has hung up."""
        return bytes(self.sock.recv(65_536))


def terminate(service: Service) -> None:
    """Send SIGTERM, and wait until no new connection is taken."""
    service.signal(signal.SIGTERM)
    wait_until(lambda: not is_open(service))


def is_open(service: Service) -> bool:
    """Say whether a new connection is taken."""
    try:
        socket.create_connection(("127.0.0.1", service.port)).close()
    except ConnectionError:
        return False
    return True


def end(service: Service, seconds: float = LONG) -> str:
    """Wait until it ends, and give its exit code as a shell and Kubernetes show it.

    If it goes on, it is killed, and this says so.
    """
    code = service.exit_code(seconds)
    if code is None:
        service.signal(signal.SIGKILL)
        return KILLED
    return str(code if code >= 0 else 128 - code)


def first_signal(service: Service, _patience: float) -> Seen:
    """A request is being worked on when the signal comes."""
    with Caller(service) as caller:
        caller.get("/held/1")
        service.wait_for("accepted 1 ")
        terminate(service)
        service.signal(signal.SIGUSR1)
        answered = caller.status() == "200"
        goodbye = answered and caller.answer.getheader("connection") == "close"
        return {
            "first signal": "drains" if answered else "cuts",
            "it says goodbye": "yes" if goodbye else "no",
            "exit, drained": end(service),
        }


def second_signal(service: Service, patience: float) -> Seen:
    """Somebody does not want to wait."""
    with Caller(service) as caller:
        caller.get("/held/1")
        service.wait_for("accepted 1 ")
        terminate(service)
        service.signal(signal.SIGTERM)
        if service.exit_code(patience) is not None:
            return {"second signal": f"ends, {end(service)}"}
        service.signal(signal.SIGUSR1)
        assert caller.status() == "200"
        end(service)
        return {"second signal": "ignored"}


def never_done(service: Service, patience: float) -> Seen:
    """A handler does not come back; a coroutine can be cancelled."""
    return cut("/endless/1", "drain limit", service, patience)


def stuck(service: Service, patience: float) -> Seen:
    """A handler does not come back; a thread cannot be cancelled."""
    return cut("/stuck/1", "a stuck thread", service, patience)


def cut(path: str, row: str, service: Service, patience: float) -> Seen:
    """See who ends it, and what its caller gets."""
    with Caller(service) as caller:
        caller.get(path)
        service.wait_for("accepted 1")
        began = time.monotonic()
        service.signal(signal.SIGTERM)
        if (code := end(service, patience)) == KILLED:
            return {row: code}
        assert time.monotonic() - began > LIMIT - 0.1
        found = {row: f"cut, {code}", "its caller gets": caller.status()}
        return found | ({"then": "flushes"} if "flushed" in service.output else {})


def idle(service: Service, _patience: float) -> Seen:
    """A connection has been answered, and is kept for the next request."""
    with Caller(service) as caller:
        caller.post("/orders/1", "x", 1)
        assert caller.status() == "200"
        terminate(service)
        closed = caller.read() == b""
        end(service)
        return {"idle keep-alive": "closed" if closed else "kept"}


def slow_body(service: Service, patience: float) -> Seen:
    """A caller has sent one byte of ten, and sends no more."""
    with Caller(service) as caller:
        caller.post("/orders/1", "x", 10)
        service.wait_for("accepted 1")
        service.signal(signal.SIGTERM)
        if (code := end(service, patience)) == KILLED:
            return {"slow body": code}
        status = caller.status()
        return {"slow body": f"{'cut' if status == 'none' else status}, {code}"}


def half_header(service: Service, patience: float) -> Seen:
    """A caller has sent half a header: nobody has been asked anything yet."""
    with Caller(service) as caller, Caller(service) as other:
        caller.sock.sendall(b"GET /quick/1 HTTP/1.1\r\nHo")
        other.post("/orders/2", "x", 1)
        assert other.status() == "200"  # so the half header has been read
        service.signal(signal.SIGTERM)
        code = end(service, patience)
        return {"half a header": f"{'closed' if not caller.read() else 'kept'}, {code}"}


Behaviour = Callable[[Service, float], Seen]
LIMITED = {"DRAIN_SECONDS": str(LIMIT), "FLUSH_SECONDS": "0.5"}
IN_TIME = {"READ_SECONDS": "0.3"}
BEHAVIOURS: dict[Behaviour, dict[str, str]] = {
    first_signal: {},
    second_signal: {},
    never_done: LIMITED,
    stuck: LIMITED,
    idle: {},
    slow_body: IN_TIME,
}


def observe(servers: Servers) -> dict[str, Seen]:
    """See how each server behaves, several of them at once.

    Whom nothing ends is watched for two limits; the others may take their time.
    """

    def one(server: str, behave: Behaviour) -> Seen:
        patience = LONG
        if behave is second_signal:  # less than the drain limit, which would end it too
            patience = 0.3 if server in {DRAFT, UVICORN} else LONG / 2
        elif server == UVICORN:
            patience = 2 * LIMIT
        with servers.start(server, **BEHAVIOURS.get(behave, IN_TIME)) as service:
            return behave(service, patience)

    cases = [(server, b) for server in (DRAFT, UVICORN, GO, PYTHON) for b in BEHAVIOURS]
    cases += [(GO, half_header), (PYTHON, half_header)]
    seen: dict[str, Seen] = defaultdict(dict)
    with ThreadPoolExecutor(8) as pool:
        for (server, _), found in zip(
            cases, pool.map(one, *zip(*cases, strict=True)), strict=True
        ):
            seen[server] |= found
    return seen


def accepted(service: Service) -> set[str]:
    """Name the requests for which a handler was called."""
    return set(re.findall(r"accepted (\S+)", service.output))
