"""A payment provider that keeps its keys, and fails as it is told to."""

from __future__ import annotations

import json
from threading import Event, Lock
from typing import TYPE_CHECKING

from tests.loopback import Loopback

if TYPE_CHECKING:
    from tests.loopback import Request


class Bank(Loopback):
    """A provider that charges once for each key.

    Attributes:
        charged: What it charged, by key.
        keys: The key of each request, in the order of their arrival.
        traces: Their `traceparent`.
        status: What it answers, unless 200.
        next: What it answers next, before that.
        hangs: Whether it keeps a request and does nothing.
        gate: What an answer waits for, when all is charged.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()
        super().__init__()

    def reset(self) -> None:
        """Forget everything."""
        self.charged: dict[str, dict[str, object]] = {}
        self.keys: list[str] = []
        self.traces: list[str] = []
        self.status = 200
        self.next: list[int] = []
        self.hangs = False
        self.gate = Event()
        self.gate.set()

    @property
    def asked(self) -> int:
        """How many requests have reached it."""
        return len(self.keys)

    def answer(self, request: Request) -> None:
        """Charge, unless this key was charged before."""
        sent = json.loads(request.body() or b"{}")  # it may be cut
        with self._lock:
            key = request.headers["Idempotency-Key"]
            self.keys.append(key)
            self.traces.append(request.headers.get("traceparent", ""))
            status = self.next.pop(0) if self.next else self.status
        if self.hangs:
            self.closing.wait()
        elif status != 200:
            request.reply(status, b"{}")
        else:
            with self._lock:
                new = {"charge": f"ch_{len(self.charged) + 1}", **sent}
                charge = self.charged.setdefault(key, new)
            self.gate.wait(30)
            request.reply(200, json.dumps(charge).encode())
