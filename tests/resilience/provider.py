"""A payment provider on the loopback address, which keeps its keys."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING

from tests.loopback import Loopback

if TYPE_CHECKING:
    from tests.loopback import Request


class Provider(Loopback):
    """A provider that charges once for each key.

    Attributes:
        charged: What it charged, by key.
        asked: How many requests have reached it.
        mute: Whether it charges, and hangs up without an answer.
        refuses: Whether it charges nobody, and answers 402.
    """

    def __init__(self) -> None:
        self.charged: dict[str, dict[str, object]] = {}
        self.asked = 0
        self.mute = self.refuses = False
        self._lock = Lock()
        super().__init__()

    def answer(self, request: Request) -> None:
        """Charge, unless this key was charged before."""
        sent = json.loads(request.body())
        key = request.headers["Idempotency-Key"]
        if self.refuses:
            request.reply(402, b'{"charge": "none"}')
            return
        with self._lock:
            self.asked += 1
            new = {"charge": f"ch_{len(self.charged) + 1}", **sent}
            charge = self.charged.setdefault(key, new)
        if not self.mute:
            request.reply(200, json.dumps(charge).encode())
