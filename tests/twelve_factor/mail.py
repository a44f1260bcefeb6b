"""A mail service on the loopback address, which can be told to take its time."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from tests.loopback import Loopback

if TYPE_CHECKING:
    from tests.loopback import Request


class Mail(Loopback):
    """A service that sends whatever is posted to it.

    Attributes:
        answers: Cleared, it keeps requests until it is set.
        asked: How many requests have reached it.
        refuses: How many of the next it answers 503.
        sent: The paths of what it has sent, in order.
    """

    def __init__(self) -> None:
        self.answers = Event()
        self.answers.set()
        self.asked = self.refuses = 0
        self.sent: list[str] = []
        super().__init__()

    def answer(self, request: Request) -> None:
        """Send, or keep whoever asks waiting and then tell him nothing."""
        self.asked += 1
        if self.refuses:
            self.refuses -= 1
            request.reply(503)
        elif self.answers.is_set():
            self.sent.append(request.path)
            request.reply(204)
        else:
            self.answers.wait()

    def __exit__(self, *error: object) -> None:
        """Let go of what waits."""
        self.answers.set()
        super().__exit__(*error)
