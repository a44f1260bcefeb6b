"""Three real replicas, their real database, and a kubelet that counts its seconds."""

from __future__ import annotations

import asyncio
import signal
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio.to_thread
import httpx
import psycopg
import pytest
import structlog
import yaml
from fastapi import FastAPI

from snippets.resilience.health_checks import readiness
from snippets.resilience.health_checks.liveness import health
from snippets.resilience.health_checks.timing import grace, patience, slowest
from tests.resilience.kubelet import Container, Endpoints, Kubelet
from tests.site.tools import postgres
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import Response

    from handbook.outputs import Output

PAGE = "resilience/health_checks"
PROBED = "tests.resilience.probed"
SNIPPETS = Path(__file__).parents[2] / "snippets"
MANIFEST = f"{PAGE}/deployment.yaml"
REPLICAS = 3
REQUESTS = 3  # of each kind, every ten seconds


def pod(name: str = MANIFEST) -> dict[str, Any]:
    """Read the Pod that the page shows."""
    deployment = yaml.safe_load((SNIPPETS / name).read_text(encoding="utf-8"))
    assert REPLICAS == deployment["spec"]["replicas"]
    return dict(deployment["spec"]["template"]["spec"])


def manifest(name: str = MANIFEST) -> dict[str, dict[str, Any]]:
    """Read its probes."""
    (container,) = pod(name)["containers"]
    return {name: container[name] for name in container if name.endswith("Probe")}


def asking(kind: str, path: str) -> dict[str, Any]:
    """Take a probe of the manifest, with another path."""
    return {**manifest()[kind], "httpGet": {"path": path}}


class Database:
    """A database of a real PostgreSQL, which can refuse its clients."""

    def __init__(self, admin: psycopg.Connection) -> None:
        self._admin = admin
        self.name = f"test_{uuid.uuid4().hex}"

    def lets_in(self, allowed: bool) -> None:  # noqa: FBT001 # as SQL has it
        """Let clients in, or refuse them."""
        statement = f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS {allowed}"
        self._admin.execute(statement.encode())


@contextmanager
def database() -> Iterator[Database]:
    """Create one, and drop it at the end."""
    with psycopg.connect(postgres().get_uri("postgres"), autocommit=True) as admin:
        made = Database(admin)
        admin.execute(f"CREATE DATABASE {made.name}".encode())
        yield made
        admin.execute(f"DROP DATABASE {made.name} WITH (FORCE)".encode())


class Row(NamedTuple):
    """What a deployment does at a second of the outage."""

    second: int
    database: bool
    ready: int
    prices: int
    orders: int


class Outage(NamedTuple):
    """What happened behind each Service, and the Services as they are after it."""

    rows: dict[str, list[Row]]
    services: dict[str, Endpoints]


@pytest.fixture(scope="module")
def outage() -> Iterator[Outage]:
    """Let the database refuse its clients for a minute, and watch three Services."""
    probes = manifest()
    rash = {"livenessProbe": asking("livenessProbe", "/deep/health")}
    with database() as shared:
        url = postgres().get_uri(shared.name)
        doomed, calm = (
            [
                Container(PROBED, f"{__name__}.outage", each, DATABASE_URL=url)
                for _ in range(REPLICAS)
            ]
            for each in (rash, probes)
        )
        services = {
            "liveness asks": Endpoints(doomed),
            "readiness asks": Endpoints(calm, asking("readinessProbe", "/deep/ready")),
            "neither asks": Endpoints(calm, probes["readinessProbe"]),
        }
        with Kubelet(*doomed, *calm) as kubelet:
            yield Outage(watch(shared, kubelet, services), services)


def watch(
    shared: Database, kubelet: Kubelet, services: dict[str, Endpoints]
) -> dict[str, list[Row]]:
    """Count what is answered, every ten seconds, from before the outage to after it."""
    rows: dict[str, list[Row]] = {name: [] for name in services}
    up = True
    for now in range(0, 75, 5):
        if now in {5, 60}:
            up = now == 60
            shared.lets_in(up)
        kubelet.tick(now)
        for name, each in services.items():
            each.tick(now)
            if now % 10 == 0:
                answered = each.ask("/prices", REQUESTS), each.ask("/orders", REQUESTS)
                rows[name].append(Row(now, up, len(each.ready), *answered))
    return rows


def table(left: list[Row], right: list[Row], heads: tuple[str, str]) -> str:
    """Write two deployments side by side."""
    counts = f"{'ready':>7}{'/prices':>9}{'/orders':>9}"
    lines = [f"{'':16}{heads[0]:^25}   {heads[1]:^25}".rstrip()]
    lines.append(f"{'':6}database  {counts}   {counts}")
    for one, other in zip(left, right, strict=True):
        told = "answers" if one.database else "refuses"
        cells = [
            f"{row.ready:>7}{row.prices:>5} of {REQUESTS}{row.orders:>4} of {REQUESTS}"
            for row in (one, other)
        ]
        lines.append(f"{one.second:>3} s  {told}   {cells[0]}   {cells[1]}")
    return "\n".join(lines)


@pytest.mark.proves("liveness")
def test_without_the_database_the_rest_goes_on(outage: Outage) -> None:
    """While the database refuses, no replica restarts, and what needs none is served."""
    rows = outage.rows["neither asks"]

    assert {REPLICAS} == {row.ready for row in rows}
    assert {REQUESTS} == {row.prices for row in rows}
    assert [REQUESTS, *[0] * 5, REQUESTS, REQUESTS] == [row.orders for row in rows]
    assert 0 == outage.services["neither asks"].restarts


@pytest.mark.harm("liveness")
def test_a_liveness_check_of_the_database_restarts_every_replica(
    outage: Outage, output: Output
) -> None:
    """All replicas restart in a loop, and stay away when the database is back."""
    rows = outage.rows["liveness asks"]

    assert [3, 3, 3, 0, 3, 3, 0, 3] == [row.prices for row in rows]
    assert rows[6].database
    assert 2 * REPLICAS == outage.services["liveness asks"].restarts
    heads = "liveness asks the database", "liveness asks nobody"
    shown = table(rows, outage.rows["neither asks"], heads)
    counts = [str(outage.services[name].restarts) for name in outage.rows]
    shown += f"\n      restarts  {counts[0]:>7}{counts[2]:>28}"
    output.check(f"{PAGE}/liveness_dont.out", shown)


@pytest.mark.harm("readiness")
def test_readiness_on_what_all_share_takes_all_of_them_out(
    outage: Outage, output: Output
) -> None:
    """Every replica leaves at once, and nobody is there for what needs no database."""
    rows = outage.rows["readiness asks"]

    assert [3, 0, 0, 0, 0, 0, 3, 3] == [row.ready for row in rows]
    assert [3, 0, 0, 0, 0, 0, 3, 3] == [row.prices for row in rows]
    assert 0 == outage.services["readiness asks"].restarts
    heads = "readiness asks the database", "readiness asks for its own"
    shown = table(rows, outage.rows["neither asks"], heads)
    output.check(f"{PAGE}/readiness_dont.out", shown)


@pytest.mark.proves("readiness")
def test_one_that_lacks_something_leaves_alone(outage: Outage, output: Output) -> None:
    """A replica that has lost its prices gets no requests; the others serve them all."""
    service = outage.services["neither asks"]
    poor, *others = service.containers
    assert poor.get("/forget")
    lines = ["one of three replicas loses its prices"]
    for now in (75, 80):
        service.tick(now)
        ready, good = len(service.ready), service.ask("/prices", REQUESTS)
        lines.append(f"{now} s   ready {ready}   /prices {good} of {REQUESTS}")

    assert others == service.ready
    assert REQUESTS == good
    assert poor.get("/health")
    assert 0 == poor.restarts
    output.check(f"{PAGE}/readiness.out", "\n".join(lines))


@pytest.fixture
def alone(request: pytest.FixtureRequest) -> Iterator[Container]:
    """Run one container, with the probes and the variables that a test wants."""
    probes, environment = request.param
    fixture = f"{__name__}.alone"
    container = Container(PROBED, fixture, probes, DATABASE_URL="", **environment)
    with Kubelet(container):
        yield container


@pytest.mark.proves("liveness")
@pytest.mark.parametrize("alone", [(manifest(), {})], indirect=True)
def test_a_blocked_loop_is_what_liveness_is_for(alone: Container) -> None:
    """A blocked event loop does not answer; SIGTERM does not end it; a restart heals."""
    alone.tick(0)
    assert alone.started
    alone.wait = 0.1
    assert not alone.get("/block")
    for now in (10, 20):
        alone.tick(now)
    assert (0, 0) == (alone.restarts, alone.killed)
    alone.tick(30)

    assert (1, 1) == (alone.restarts, alone.killed)
    alone.wait = None
    alone.tick(35)
    assert alone.get("/prices")


def start_slowly(container: Container, until: int) -> list[int]:
    """Start one that takes 40 seconds, and give the seconds at which it answers."""
    container.wait = 0.1  # it is killed: uvicorn heeds SIGTERM once it has started
    answers = []
    for now in range(0, until, 2):
        container.tick(now)
        if container.process and now - container.since == 40:
            container.process.signal(signal.SIGUSR1)
            wait_until(lambda: container.get("/health"))
        if now % 10 == 0 and container.get("/health"):
            answers.append(now)
    return answers


@pytest.mark.proves("liveness")
@pytest.mark.parametrize("alone", [(manifest(), {"SLOW_START": "yes"})], indirect=True)
def test_the_startup_probe_lets_a_slow_start_end(alone: Container) -> None:
    """With a startup probe, one that takes 40 seconds to start is let start."""
    answers = start_slowly(alone, 60)

    assert [40, 50] == answers
    assert 0 == alone.restarts


@pytest.mark.parametrize(
    "alone",
    [({"livenessProbe": manifest()["livenessProbe"]}, {"SLOW_START": "yes"})],
    indirect=True,
)
def test_without_a_startup_probe_it_never_starts(alone: Container) -> None:
    """With liveness alone, it is killed after half of its start, again and again."""
    answers = start_slowly(alone, 60)

    assert [] == answers
    assert 2 == alone.restarts


@pytest.mark.proves("liveness")
def test_the_numbers_of_the_manifest(output: Output) -> None:
    """The manifest's numbers give the seconds until the kubelet acts on a fault."""
    probes = manifest("resilience/health_checks/deployment.yaml")
    startup, liveness, ready = (
        probes[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")
    )

    assert 300 == patience({"failureThreshold": 30, "periodSeconds": 10})
    of_pod = {"terminationGracePeriodSeconds": 60}
    assert (30, 31) == (patience({}), slowest({}))
    assert (30, 60) == (grace({}, {}), grace({}, of_pod))
    assert (60, 31, 5, 11) == (
        patience(startup),
        slowest(liveness),
        grace(liveness, of_pod),
        slowest(ready),
    )
    assert startup["httpGet"] == liveness["httpGet"] != ready["httpGet"]
    assert 0.5 == readiness.LIMIT < ready["timeoutSeconds"]
    lines = [
        f"startup    {patience(startup):>2} s to begin to answer",
        f"liveness   {slowest(liveness):>2} s at most until SIGTERM",
        f"{'':10} {grace(liveness, pod()):>2} s more until SIGKILL",
        f"readiness  {slowest(ready):>2} s at most until it is called not ready",
    ]
    output.check(f"{PAGE}/timing.out", "\n".join(lines))


class Clock:
    """The time, which a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Tell it."""
        return self.now


@pytest.mark.proves("liveness")
def test_it_answers_when_every_thread_is_taken() -> None:
    """With all forty threads held, the check answers; a plain `def` waits for one."""

    async def ask() -> tuple[int, bool]:
        app = FastAPI()
        app.get("/health")(health)
        app.get("/plain")(lambda: "a thread of my own")
        threads = anyio.to_thread.current_default_thread_limiter()
        for holder in range(40):
            threads.acquire_on_behalf_of_nowait(holder)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as us:
            async with asyncio.timeout(30):
                answer = await us.get("/health")
            plain = asyncio.create_task(us.get("/plain"))
            done, _ = await asyncio.wait([plain], timeout=0.1)
            for holder in range(40):
                threads.release_on_behalf_of(holder)
            await asyncio.wait_for(plain, 30)
        return answer.status_code, bool(done)

    assert (200, False) == asyncio.run(ask())


@pytest.mark.proves("readiness")
def test_one_that_lacks_one_thing_of_two_is_not_ready() -> None:
    """Of two checks one fails, with whatever error: not ready, and the log says why."""

    async def fine() -> None:
        await asyncio.sleep(0)

    async def full() -> None:
        raise OSError("no space left on device")

    ready = readiness.Readiness({"prices": fine, "disk": full})
    with structlog.testing.capture_logs() as logs:
        answer = asyncio.run(ready.answer())

    assert (503, b"") == (answer.status_code, answer.body)
    assert [("disk", True)] == [(line["check"], line["exc_info"]) for line in logs]


@pytest.mark.proves("readiness")
def test_a_hundred_probes_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask within a second, the check runs once; then it runs again."""
    clock, looks = Clock(), 0
    monkeypatch.setattr(readiness, "monotonic", clock)

    async def look() -> None:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)

    async def ask() -> list[Response]:
        ready = readiness.Readiness({"look": look})
        answers = await asyncio.gather(*(ready.answer() for _ in range(100)))
        clock.now += 0.9
        answers += [await ready.answer()]
        assert 1 == looks
        clock.now += 0.1
        return [*answers, await ready.answer()]

    answers = asyncio.run(ask())

    assert {200} == {answer.status_code for answer in answers}
    assert 2 == looks


@pytest.mark.proves("readiness")
def test_a_check_that_hangs_is_not_ready_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A check that hangs is given up, the log says which, and the caller is told nothing."""
    monkeypatch.setattr(readiness, "LIMIT", 0.02)

    async def hang() -> None:
        await asyncio.Event().wait()

    async def ask() -> Response:
        async with asyncio.timeout(0.5):
            return await readiness.Readiness({"disk": hang}).answer()

    with structlog.testing.capture_logs() as logs:
        answer = asyncio.run(ask())

    assert (503, b"") == (answer.status_code, answer.body)
    assert ["disk"] == [line["check"] for line in logs]
