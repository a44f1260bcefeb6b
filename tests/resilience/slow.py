"""A server that takes its time, in one of three ways.

Its path says how: `silent`, `body` and `headers` never end, until somebody asks for
`hang-up`, and is told the longest pause in seconds between two bytes since the last
such request; any other is answered at once. It is a process of its own, for a stalled
test must not look like a silent server.
"""

import sys
from http.server import BaseHTTPRequestHandler
from threading import Event
from time import monotonic

from tests.loopback import Server

PAUSE = 0.01  # seconds between two bytes
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
hung_up = [Event()]
pauses = [0.0]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    def do_GET(self) -> None:
        """Answer, sooner or later."""
        if "silent" in self.path:
            hung_up[-1].wait()
        elif "body" in self.path:
            self.wfile.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
            self.drip()
        elif "headers" in self.path:
            self.wfile.write(HEAD + b"X-Padding: ")
            self.drip()
        elif "hang-up" in self.path:
            hung_up.append(Event())
            hung_up[-2].set()
            self.wfile.write(HEAD + b"\r\n%f" % max(pauses))
            pauses[:] = [0.0]
        else:
            self.wfile.write(HEAD + b'Content-Length: 15\r\n\r\n{"name": "Ada"}')

    def drip(self) -> None:
        """Send a byte now and then."""
        ended = hung_up[-1]
        last = monotonic()
        while not ended.wait(PAUSE):
            pauses.append(monotonic() - last)
            last = monotonic()
            try:
                self.wfile.write(b" ")
            except OSError:
                return  # the caller has gone

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    sys.stderr.write(f"http://127.0.0.1:{server.server_port}\n")
    server.serve_forever()
