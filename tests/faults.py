"""A server on the loopback address that fails as it is told to."""

from __future__ import annotations

from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Event, Lock, Thread


class Faulty(AbstractContextManager["Faulty"]):
    """A server whose next answers are set from outside.

    Attributes:
        status: What it answers.
        hangs: Whether it keeps the request and says nothing.
        together: A barrier that requests wait at before they are answered.
        body: What it answers with.
        cuts: Whether it hangs up instead of answering.
        seen: How many requests have reached it.
    """

    def __init__(self) -> None:
        self.status = 200
        self.hangs = False
        self.cuts = False
        self.together: Barrier | None = None
        self.body = b'{"name": "Ada"}'
        self.seen = 0
        self._lock = Lock()
        self._closing = Event()
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with faulty._lock:
                    faulty.seen += 1
                if faulty.together:
                    faulty.together.wait()
                if faulty.hangs:
                    faulty._closing.wait()
                    return
                if faulty.cuts:
                    self.close_connection = True
                    return
                self.send_response(faulty.status)
                self.send_header("Content-Length", str(len(faulty.body)))
                self.end_headers()
                self.wfile.write(faulty.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Let go of what hangs, and stop listening."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
