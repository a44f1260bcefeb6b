"""A kubelet and the endpoints of a Service, for a few containers.

Kubernetes is all that is mocked here: the containers are real processes, and the
probes real requests. Its time is counted, not waited for: a test says what second it
is, and the kubelet does what by its documentation is due then.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import cycle, islice
from signal import SIGKILL, SIGTERM
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from tests.forks import is_cover
from tests.prometheus import placeholder
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Probe: TypeAlias = "Mapping[str, Any]"


class Process(Service):
    """A service of which one cannot be sure that it ends."""

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end, and say whether it came."""
        self._reader.join(timeout=seconds)
        return not self._reader.is_alive()


class Container:
    """A container: a real process, which the kubelet starts, asks and ends.

    Args:
        module: What `python -m` runs.
        fixture: The fixture that it belongs to, as `module.name`.
        probes: As in the manifest, by name.
        environment: What is set for it.

    Attributes:
        wait: Seconds that a probe or a request waits, if not as long as is usual. A
            process that has not ended so long after SIGTERM is killed.
        since: The second at which the process was started.
        restarts: How often the kubelet has ended it.
        killed: How often SIGTERM was not enough.
    """

    def __init__(
        self,
        module: str,
        fixture: str,
        probes: Mapping[str, Probe],
        **environment: str,
    ) -> None:
        self.wait: float | None = None
        self.process: Process | None = None
        self.started = False
        self.since = self.restarts = self.killed = 0
        self._place = placeholder()
        port = str(self._place.getsockname()[1])
        # A start in another thread hides these for a moment.
        measured = {name: os.environ[name] for name in os.environ if is_cover(name)}
        self._command = module, fixture, {"PORT": port, **measured, **environment}
        self._startup = Asked(self, probes.get("startupProbe"))
        self._liveness = Asked(self, probes.get("livenessProbe"))
        self._due = 0
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def tick(self, now: int) -> None:
        """Do what is due at a second: start the process, ask it, end it."""
        if not self.process and now >= self._due:
            module, fixture, environment = self._command
            self.process = Process(module, fixture, **environment)
            self.since = now
        if self.process and not self.started:
            self.started = self._startup.ask(now)
        if self.started:
            self._liveness.ask(now)
        if self.process and (self._startup.failed or self._liveness.failed):
            self._end(self.process)
            self.process, self.started = None, False
            self._startup.failures = self._liveness.failures = 0
            # At once for the first time, then after 10 s, 20 s and so on to 300 s.
            self._due = now + (self.restarts and min(300, 5 * 2**self.restarts))
            self.restarts += 1

    def get(self, path: str, wait: float = 5) -> bool:
        """Send a request, and say whether it was answered well."""
        try:
            answer = self._client.get(path, timeout=self.wait or wait)
        except httpx.HTTPError:
            return False
        return 200 <= answer.status_code < 400

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process:
            self._end(self.process)
        self._client.close()
        self._place.close()

    def _end(self, process: Process) -> None:
        process.signal(SIGTERM)
        if not process.ends_within(self.wait or 10):
            process.signal(SIGKILL)
            self.killed += 1
        process.__exit__()


class Asked:
    """A probe of one container, and how often in a row it has failed."""

    def __init__(self, container: Container, probe: Probe | None) -> None:
        self.failures = 0
        self._container = container
        self._probe = probe or {}
        self._well = not probe  # what is not asked is well

    def ask(self, now: int) -> bool:
        """Ask if it is time to, and say whether all was well the last time."""
        age = now - self._container.since
        if self._probe and age % self._probe.get("periodSeconds", 10) == 0:
            path = self._probe["httpGet"]["path"]
            self._well = self._container.get(path, self._probe.get("timeoutSeconds", 1))
            self.failures = 0 if self._well else self.failures + 1
        return self._well

    @property
    def failed(self) -> bool:
        """Whether it has failed too often."""
        return bool(self.failures >= self._probe.get("failureThreshold", 3))


class Kubelet(AbstractContextManager["Kubelet"]):
    """What looks after containers, all at once."""

    def __init__(self, *containers: Container) -> None:
        self._containers = containers
        self._pool = ThreadPoolExecutor(len(containers))

    def tick(self, now: int) -> None:
        """Do for each of them what is due."""
        list(self._pool.map(lambda each: each.tick(now), self._containers))

    def __exit__(self, *_: object) -> None:
        """End them."""
        list(self._pool.map(Container.close, self._containers))
        self._pool.shutdown()


class Endpoints:
    """Those of some containers that a Service sends requests to.

    Args:
        containers: All of them.
        readiness: Their readiness probe, if they have one.
    """

    def __init__(
        self, containers: Sequence[Container], readiness: Probe | None = None
    ) -> None:
        self.containers = containers
        self._asked = {each: Asked(each, readiness) for each in containers}
        self._ready: set[Container] = set()

    def tick(self, now: int) -> None:
        """Ask what is due."""
        for container, asked in self._asked.items():
            if not container.started:
                asked.failures = 0
                self._ready.discard(container)
            elif asked.ask(now):
                self._ready.add(container)
            elif asked.failed:
                self._ready.discard(container)

    @property
    def ready(self) -> list[Container]:
        """The containers that get requests, in their order."""
        return [each for each in self.containers if each in self._ready]

    @property
    def restarts(self) -> int:
        """How often any of them was restarted."""
        return sum(each.restarts for each in self.containers)

    def ask(self, path: str, times: int) -> int:
        """Send requests in turn to those that are ready, and count good answers."""
        return sum(each.get(path) for each in islice(cycle(self.ready), times))
