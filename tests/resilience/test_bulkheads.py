"""Real services with a dependency that hangs, and with more requests than they can do."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import anyio.to_thread
import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from snippets.resilience.bulkheads.limits import Bulkhead, BulkheadFullError
from snippets.resilience.bulkheads.little import in_flight
from snippets.resilience.bulkheads.shedding import EXEMPT, LoadShedding
from tests.faults import Faulty
from tests.services import Service
from tests.site.tools import postgres
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message, Receive, Scope, Send

    from handbook.outputs import Output

PAGE = "resilience/bulkheads"
PARTITIONED = "tests.resilience.partitioned"
THREADS = 40
REQUESTS = THREADS + 5
GET = "GET {} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"


class Hanging(Faulty):
    """A service that takes requests and answers none."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = True

    def let_go(self) -> None:
        """Hang up on everybody."""
        self.closing.set()


class Hung(NamedTuple):
    """A service while its reports hang."""

    service: Service
    reports: Hanging
    callers: list[socket.socket]

    def ask(self, path: str) -> str:
        """Say what is answered, to somebody who waits for a moment."""
        try:
            return str(httpx.get(self.service.address + path, timeout=0.3).status_code)
        except httpx.TimeoutException:
            return "no answer"


@contextmanager
def hung(fixture: str, *words: str) -> Iterator[Hung]:
    """Start a service, and ask for more reports than it has threads."""
    with ExitStack() as stack:
        stack.enter_context(reports := Hanging())
        module = " ".join([PARTITIONED, *words])
        service = stack.enter_context(
            Service(module, f"{__name__}.{fixture}", REPORTS=reports.address)
        )
        stack.callback(reports.let_go)  # or the service could not end
        callers = [
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port)))
            for _ in range(REQUESTS)
        ]
        for caller in callers:
            caller.sendall(GET.format("/reports").encode())
        yield Hung(service, reports, callers)


@pytest.fixture(scope="module")
def parted() -> Iterator[Hung]:
    """Give reports ten places."""
    with hung("parted") as it:
        yield it


@pytest.fixture(scope="module")
def shared() -> Iterator[Hung]:
    """Let reports have every thread."""
    with hung("shared", "shared") as it:
        yield it


@pytest.mark.harm("bulkhead")
def test_one_dependency_that_hangs_takes_every_thread(
    shared: Hung, output: Output
) -> None:
    """Forty calls that hang leave no thread for the rest, not even for /health."""
    wait_until(lambda: shared.reports.seen >= THREADS)
    prices, health = shared.ask("/prices"), shared.ask("/health")

    assert THREADS == shared.reports.seen
    assert ["no answer"] * 2 == [prices, health]
    lines = [
        f"{REQUESTS} reports are asked for, and hang",
        f"calls that hang   {shared.reports.seen}",
        f"/prices           {prices} within 0.3 s",
        f"/health           {health} within 0.3 s",
    ]
    output.check(f"{PAGE}/service_dont.out", "\n".join(lines))


@pytest.mark.proves("bulkhead")
def test_with_a_limit_the_rest_is_served(parted: Hung, output: Output) -> None:
    """Ten calls hang, the other callers are told at once, and the rest is served."""
    refusals: list[socket.socket] = []
    for caller in parted.callers:
        caller.settimeout(0.05)

    def all_refused() -> bool:
        for caller in [each for each in parted.callers if each not in refusals]:
            try:
                head = caller.recv(1000).decode()
            except TimeoutError:
                continue
            assert head.startswith("HTTP/1.1 503")
            assert "retry-after: 1" in head.lower()
            refusals.append(caller)
        return len(refusals) == REQUESTS - 10

    wait_until(all_refused)
    prices, health = parted.ask("/prices"), parted.ask("/health")

    assert 10 == parted.reports.seen
    assert ["200", "200"] == [prices, health]
    lines = [
        f"{REQUESTS} reports are asked for, and hang",
        f"calls that hang   {parted.reports.seen}",
        f"refused at once   {len(refusals)}",
        f"/prices           {prices}",
        f"/health           {health}",
    ]
    output.check(f"{PAGE}/service.out", "\n".join(lines))


@pytest.mark.proves("bulkhead")
def test_a_place_is_given_back() -> None:
    """A call that ends, well or not, leaves its place to the next; nobody waits for one."""
    bulkhead = Bulkhead("test", limit=1)
    with pytest.raises(ValueError, match="a fault"), bulkhead.place():
        raise ValueError("a fault")
    begun = monotonic()
    with bulkhead.place(), pytest.raises(BulkheadFullError), bulkhead.place():
        pass
    refused = REGISTRY.get_sample_value(
        "bulkhead_refused_total", {"dependency": "test"}
    )

    assert monotonic() - begun < 0.5
    assert 1 == refused
    with bulkhead.place():
        pass


def test_the_threads_of_sync_endpoints_are_forty() -> None:
    """The limiter that FastAPI's `def` endpoints share has forty places."""

    async def places() -> float:
        return anyio.to_thread.current_default_thread_limiter().total_tokens

    assert THREADS == asyncio.run(places())


def test_one_client_is_one_pool_for_every_host() -> None:
    """When one host holds every connection of a client, another cannot be called."""
    limits = httpx.Limits(max_connections=2)
    timeout = httpx.Timeout(5, pool=0.05)
    hangs = Hanging()
    with (
        hangs,
        Faulty() as well,
        ThreadPoolExecutor(2) as pool,
        httpx.Client(limits=limits, timeout=timeout) as client,
    ):
        calls = [pool.submit(client.get, hangs.address) for _ in range(2)]
        wait_until(lambda: hangs.seen == 2)
        with pytest.raises(httpx.PoolTimeout):
            client.get(well.address)
        hangs.let_go()
        for call in calls:
            assert isinstance(call.exception(), httpx.RemoteProtocolError)

    assert 0 == well.seen


CAPACITY = 50  # queries a second, of 20 ms each
OFFERED = 200  # requests a second
SECONDS = 1.2
SENT = int(OFFERED * SECONDS)
PATIENCE = 0.3  # seconds until a caller gives up
LATE = 0.03  # seconds after its turn that a request may be sent


class Load(NamedTuple):
    """What became of the requests of an overload."""

    in_time: int
    refused: int
    too_late: int
    health: set[str]
    shed: float


async def send(port: int, path: str) -> str:
    """Send a request on a connection of its own, and give its status, if in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(GET.format(path).encode())
            return (await reader.readline()).split()[1].decode()
    except TimeoutError:
        return "too late"
    finally:
        writer.close()


async def overload(port: int) -> tuple[list[str], list[str], float]:
    """Send as many as are offered, whatever becomes of them, and ask for the health.

    Returns:
        The answers to orders, those for the health, and by how many seconds a
        request was sent too late at the most.
    """
    begun, late = monotonic(), 0.0
    orders, health = [], []
    for number in range(SENT):
        await asyncio.sleep(begun + number / OFFERED - monotonic())
        late = max(late, monotonic() - begun - number / OFFERED)
        orders.append(asyncio.create_task(send(port, "/orders")))
        if number % 50 == 49:
            health.append(asyncio.create_task(send(port, "/health")))
    return await asyncio.gather(*orders), await asyncio.gather(*health), late


def load(kind: str) -> Load:
    """Offer a service four times what its database can do.

    If a request was sent late, or `/health` was answered late, which needs no place, or
    the service did less than its database can, the machine had no time for us, and it
    says nothing of the service: then once more.
    """
    limit = round(in_flight(CAPACITY, 0.16))
    for _ in range(10):
        with Service(
            f"tests.resilience.overloaded {kind}",
            f"{__name__}.{kind}",
            DATABASE_URL=postgres().get_uri("postgres"),
            LIMIT=str(limit),
        ) as service:
            answers, health, late = asyncio.run(overload(service.port))
            metrics = httpx.get(f"{service.address}/metrics").text
            service.end()
        statuses = Counter(answers)
        done = SENT - statuses["503"]
        if late < LATE and {*health} == {"200"} and done >= CAPACITY * SECONDS * 0.7:
            break
    return Load(
        statuses["200"],
        statuses["503"],
        statuses["too late"],
        {*health},
        sum(
            sample.value
            for family in text_string_to_metric_families(metrics)
            for sample in family.samples
            if sample.name == "http_requests_shed_total"
        ),
    )


@pytest.fixture(scope="module")
def sheds() -> Load:
    """Refuse what cannot be finished."""
    return load("sheds")


@pytest.fixture(scope="module")
def waits() -> Load:
    """Let it wait."""
    return load("waits")


def row(name: str, count: int) -> str:
    """Write how many requests came to an end."""
    return f"  {name:<26}≈ {count}"


@pytest.mark.harm("load-shedding")
def test_waiting_makes_nearly_everybody_too_late(
    waits: Load, sheds: Load, output: Output
) -> None:
    """At four times its capacity, a service that lets all wait serves half as many in time."""
    assert (0, 0) == (waits.refused, waits.shed)
    assert 2 * waits.in_time <= sheds.in_time
    assert waits.too_late > SENT / 2
    in_time = f"answered within {PATIENCE * 1000:.0f} ms"
    lines = [
        f"{SENT} requests in {SECONDS} s; {CAPACITY} a second can be done",
        "those beyond eight wait",
        row(in_time, waits.in_time),
        row("too late for the caller", waits.too_late),
        "those beyond eight are refused",
        row(in_time, sheds.in_time),
        row("refused at once", sheds.refused),
        row("too late for the caller", sheds.too_late),
    ]
    output.check(f"{PAGE}/shedding_dont.out", "\n".join(lines))


@pytest.mark.proves("load-shedding")
def test_what_cannot_be_finished_is_refused_and_counted(sheds: Load) -> None:
    """Those beyond the limit get a 503 at once, a metric counts them, and /health answers."""
    assert SENT == sheds.in_time + sheds.refused + sheds.too_late
    assert sheds.refused == sheds.shed > SENT / 3
    assert {"200"} == sheds.health


def scope(path: str) -> Scope:
    """Make a request."""
    return {"type": "http", "path": path, "headers": [], "method": "GET"}


async def statuses(shedding: LoadShedding, *paths: str) -> list[int]:
    """Send requests, and give what is answered at once; the others stay in flight."""
    answers: list[int] = []

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])
            assert [(b"retry-after", b"1")] == [
                each for each in message["headers"] if each[0] == b"retry-after"
            ]

    async def received() -> Message:
        raise NotImplementedError

    tasks = [
        asyncio.create_task(shedding(scope(path), received, sent)) for path in paths
    ]
    await asyncio.sleep(0)
    assert len(paths) - len(answers) == sum(not task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return answers


@pytest.mark.proves("load-shedding")
def test_places_are_kept_for_what_goes_first() -> None:
    """With two of five places kept, the fourth order is refused, and two checkouts are not."""

    async def wait(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    shedding = LoadShedding(wait, limit=5, first={"/checkout"}, kept=2)
    orders, checkouts = ["/orders"] * 4, ["/checkout"] * 3

    assert [503] == asyncio.run(statuses(shedding, *orders))
    assert 0 == shedding.in_flight
    assert [503] * 2 == asyncio.run(statuses(shedding, *orders, *checkouts))
    exempt = ["/health", "/ready", "/metrics"]
    assert {*exempt} == {*EXEMPT}
    assert [] == asyncio.run(statuses(shedding, *["/checkout"] * 5, *exempt))


@pytest.mark.proves("load-shedding")
def test_a_service_below_a_path_keeps_its_exemptions() -> None:
    """Uvicorn's root path stands before every path, and health is answered all the same."""
    seen = list[str]()

    async def answer(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["path"])

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    below = {**scope("/api/health"), "root_path": "/api"}
    asyncio.run(LoadShedding(answer, limit=0)(below, receive, send))

    assert ["/api/health"] == seen


@pytest.fixture(scope="module")
def limited() -> Iterator[Service]:
    """Serve with uvicorn's own limit."""
    module = f"{PARTITIONED} shared"
    with Service(module, f"{__name__}.limited", LIMIT_CONCURRENCY="5") as service:
        yield service


def test_the_limit_of_uvicorn_counts_idle_connections(
    limited: Service, output: Output
) -> None:
    """Four idle connections make a limit of five refuse everything, /health included."""
    place = ("127.0.0.1", limited.port)
    lines = ["limit_concurrency=5"]
    for idle in (3, 4):
        with ExitStack() as stack:
            for _ in range(idle):
                stack.enter_context(socket.create_connection(place))
            answer = httpx.get(f"{limited.address}/health")
        told = answer.headers.get("retry-after", "no Retry-After")
        answered = "200" if answer.is_success else f"{answer.status_code}, {told}"
        lines.append(f"{idle} idle connections   /health {answered}")

    assert 503 == answer.status_code
    assert "retry-after" not in answer.headers
    assert lines[1].endswith("200")
    output.check(f"{PAGE}/uvicorn_limit.out", "\n".join(lines))


def test_little() -> None:
    """Fifty a second that spend 160 ms each are eight in flight."""
    assert 8 == pytest.approx(in_flight(CAPACITY, 0.16))
