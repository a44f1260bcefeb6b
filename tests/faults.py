"""A server on the loopback address that fails as it is told to."""

from __future__ import annotations

from threading import Barrier, Lock
from typing import TYPE_CHECKING

from tests.loopback import Loopback

if TYPE_CHECKING:
    from tests.loopback import Request


class Faulty(Loopback):
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
        super().__init__()

    def answer(self, request: Request) -> None:
        """Answer, or fail as told."""
        with self._lock:
            self.seen += 1
        if self.together:
            self.together.wait()
        if self.hangs:
            self.closing.wait()
        elif not self.cuts:
            request.reply(self.status, self.body)
