"""What every HTTP server of the tests has in common: a free port, a thread, an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class Request(BaseHTTPRequestHandler):
    """A request on its connection; whoever does not reply has hung up."""

    def body(self) -> bytes:
        """Read what was sent."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def reply(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send the whole answer."""
        self.send_response(status)
        if body or status != 204:
            self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server at which many may knock at once; the usual five let the sixth wait."""

    request_queue_size = 128


class Loopback(ABC):
    """A server on the loopback address, from now until its block ends.

    Attributes:
        address: Its URL, without a path.
        closing: Set at the end; whoever keeps a request lets go of it then.
    """

    def __init__(self) -> None:
        self.closing = Event()
        loopback = self

        class Handler(Request):
            def do_GET(self) -> None:
                loopback.answer(self)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 # names of http.server

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @abstractmethod
    def answer(self, request: Request) -> None:
        """Do with a request what this server is for."""

    def __enter__(self) -> Self:
        """Give the server, which is running."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what waits, and stop listening."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
