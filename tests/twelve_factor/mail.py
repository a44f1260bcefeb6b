"""A mail service on the loopback address, which can be told to take its time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


class Mail(AbstractContextManager["Mail"]):
    """A service that sends whatever is posted to it.

    Attributes:
        answers: Cleared, it keeps requests until it is set.
        asked: How many requests have reached it.
        sent: The paths of what it has sent, in order.
    """

    def __init__(self) -> None:
        self.answers = Event()
        self.answers.set()
        self.asked = 0
        self.sent: list[str] = []
        mail = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                mail.asked += 1
                if not mail.answers.is_set():
                    mail.answers.wait()
                    return  # whoever asked has been told nothing
                mail.sent.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Let go of what waits, and stop listening."""
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
