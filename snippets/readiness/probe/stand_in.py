"""A dependency that is well, silent or broken, as the probe wants it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import monotonic
from typing import Any, Literal, Self
from uuid import uuid4

from snippets.readiness.probe.settings import Settings


@dataclass(frozen=True)
class Call:
    """A call that reached it.

    Attributes:
        at: When, on the clock of this machine.
        traceparent: The header of that name, or nothing.
    """

    at: float
    traceparent: str


@dataclass
class StandIn:
    """A server on the loopback address, from now until its block ends.

    Attributes:
        answer: What it answers when it is well.
        mode: How it is.
        failing: How many calls it fails before it is well.
        calls: What has reached it.
    """

    answer: Any
    mode: Literal["well", "silent", "failing", "babbling"] = "well"
    failing: int = 0
    calls: list[Call] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Serve, on a port that the system gives."""
        self._over = Event()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.reply(self)

            def do_POST(self) -> None:
                stand_in.reply(self)

            def do_PUT(self) -> None:
                stand_in.reply(self)

            def do_PATCH(self) -> None:
                stand_in.reply(self)

            def do_DELETE(self) -> None:
                stand_in.reply(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of whoever waits, and end."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def reply(self, request: BaseHTTPRequestHandler) -> None:
        """Keep a call, and answer as told."""
        request.rfile.read(int(request.headers["Content-Length"] or 0))
        told = request.headers["traceparent"] or ""
        self.calls.append(Call(monotonic(), told))
        if self.mode == "silent":
            self._over.wait()
            return
        broken = self.mode == "failing" or self.failing > 0
        self.failing -= 1
        text = json.dumps(self.answer)
        well = text.replace("{uuid}", str(uuid4())).encode()
        body = b"<oops" if self.mode == "babbling" else well
        request.send_response(503 if broken else 200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@contextmanager
def standing_in(
    settings: Settings,
) -> Iterator[tuple[StandIn, dict[str, str]]]:
    """Stand in for the dependency; give the variable that says where."""
    needs = settings.dependency
    with StandIn(needs.answer if needs else {}) as stand_in:
        variables = {needs.variable: stand_in.address} if needs else {}
        yield stand_in, variables
