"""A payment provider on the loopback address, which keeps its keys."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread


class Provider(AbstractContextManager["Provider"]):
    """A provider that charges once for each key.

    Attributes:
        charged: What it charged, by key.
        asked: How many requests have reached it.
        mute: Whether it charges, and hangs up without an answer.
    """

    def __init__(self) -> None:
        self.charged: dict[str, dict[str, object]] = {}
        self.asked = 0
        self.mute = False
        lock = Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = self.headers["Idempotency-Key"]
                with lock:
                    provider.asked += 1
                    new = {"charge": f"ch_{len(provider.charged) + 1}", **sent}
                    charge = provider.charged.setdefault(key, new)
                if provider.mute:
                    return
                body = json.dumps(charge).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
