"""A payment provider to try the service with."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Thread


class StandIn(ThreadingHTTPServer):
    """A provider on the loopback address that can be broken.

    Attributes:
        fails: Whether it answers 503.
    """

    fails = False
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Charges)
        self.address = f"http://127.0.0.1:{self.server_port}"


class Charges(BaseHTTPRequestHandler):
    """What it answers; one key has one charge."""

    def do_POST(self) -> None:  # a name of http.server
        """Charge, or fail."""
        self.rfile.read(int(self.headers["Content-Length"]))
        fails = isinstance(self.server, StandIn) and self.server.fails
        key = self.headers["Idempotency-Key"]
        body = dumps({} if fails else {"charge": f"ch_{key}"}).encode()
        self.send_response(503 if fails else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Serve until the end of the block."""
    with StandIn() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
