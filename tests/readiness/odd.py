"""A small service with one habit, which starts at once."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

HABIT = os.environ.get("HABIT", "")


class Handler(BaseHTTPRequestHandler):
    """Answers everything."""

    def do_GET(self) -> None:
        """Answer well, or as its habit is."""
        if HABIT == "whispers":
            token = str(self.headers["Authorization"]).rpartition(" ")[2]
            sys.stderr.write(f"{token}\n")
        refuses = HABIT == "refuses" and self.path == "/orders"
        unwell = HABIT == "unwell" or ("GONE" in os.environ and HABIT == "asks")
        self.send_response(400 if refuses else 503 if unwell else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        """Read, and never answer, or turn it away and end."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if HABIT == "turns away":
            self.send_error(503)
            os._exit(0)
        Event().wait()


if __name__ == "__main__":
    if HABIT == "needs" and "GONE" in os.environ:
        sys.exit("no GONE, no service")
    if HABIT == "forks" and os.fork() == 0:
        Event().wait()
    if HABIT in {"stays", "turns away"}:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if HABIT == "stumbles":
        signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
