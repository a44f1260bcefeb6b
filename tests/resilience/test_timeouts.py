"""Servers that say nothing, or a byte at a time, and services that stand in line."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from snippets.resilience.timeouts import (
    blocking,
    database,
    deadline,
    users,
    users_dont,
)
from tests.services import Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

    from handbook.outputs import Output

LIMIT = 0.4  # seconds, instead of the page's two
WAYS = {
    "says nothing": "silent",
    "drips its body": "body",
    "drips its headers": "headers",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Service]:
    """Start a server that takes its time."""
    with Service("tests.resilience.slow", f"{__name__}.server") as service:
        yield service


@pytest.fixture
def slow(server: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """Shorten the limits, and give the address of the server."""
    monkeypatch.setattr(users, "LIMIT", LIMIT)
    monkeypatch.setattr(users_dont, "LIMIT", LIMIT)
    return server.address


async def fetch_by_the_clock(client: httpx.AsyncClient, way: str) -> None:
    """Read as blocking code does."""
    url = str(client.base_url.join(f"/users/{way}"))
    with httpx.Client(verify=False) as blocked:  # noqa: S501 # quick to make: no TLS
        await asyncio.to_thread(blocking.read, blocked, url, LIMIT)


CALLERS: dict[str, Callable[[httpx.AsyncClient, str], Awaitable[Any]]] = {
    "no limit": users_dont.fetch_without_limit,
    "each read": users_dont.fetch_by_read_limit,
    "each part": fetch_by_the_clock,
    "whole call": users.fetch_user,
}


def ended(address: str, *names: str) -> dict[tuple[str, str], bool]:
    """Call in each way, wait until no more calls end, and say which have.

    If either side stood still for long, a server that drips was a silent one: then once
    more.
    """
    pauses = list[float]()

    async def watch() -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.01)
            pauses.append(time.monotonic() - begun)

    async def run() -> dict[tuple[str, str], bool]:
        async with users.users_client(address) as client:
            for _ in range(5):
                pauses.clear()
                found = await each(client)
                if max(pauses) < LIMIT / 2:
                    break
            return found

    async def each(client: httpx.AsyncClient) -> dict[tuple[str, str], bool]:
        watching = asyncio.create_task(watch())
        tasks = {
            (name, told): asyncio.ensure_future(CALLERS[name](client, way))
            for name in names
            for told, way in WAYS.items()
        }
        waiting = done = set(tasks.values())
        while waiting and done:
            done, waiting = await asyncio.wait(
                waiting, timeout=2 * LIMIT, return_when=asyncio.FIRST_COMPLETED
            )
        found = {key: task not in waiting for key, task in tasks.items()}
        pauses.append((await client.get("/hang-up")).json())
        watching.cancel()
        for error in await asyncio.gather(*tasks.values(), return_exceptions=True):
            assert isinstance(error, TimeoutError | httpx.HTTPError)
        return found

    return asyncio.run(run())


@pytest.mark.proves("timeout")
def test_a_limit_on_the_whole_call_ends_each(slow: str) -> None:
    """Whatever a server does not say, the call ends when its limit is over."""
    assert all(ended(slow, "whole call").values())


@pytest.mark.proves("timeout")
def test_what_a_limit_leaves_behind_is_usable(slow: str) -> None:
    """A call that ran out leaves its only connection to the next."""

    async def run() -> dict[str, Any]:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(base_url=slow, limits=limits) as client:
            with pytest.raises(TimeoutError):
                await users.fetch_user(client, "body")
            return await users.fetch_user(client, "7")

    assert {"name": "Ada"} == asyncio.run(run())


@pytest.mark.proves("timeout")
def test_blocking_code_reads_what_comes_in_time(slow: str) -> None:
    """A body that comes in time is read to its end."""
    with httpx.Client() as client:
        read = blocking.read(client, f"{slow}/users/7", LIMIT)

    assert b'{"name": "Ada"}' == read


@pytest.mark.harm("timeout")
def test_a_server_that_drips_is_never_timed_out(slow: str, output: Output) -> None:
    """A limit on each read, as httpx has it, never ends a call that is kept alive."""
    found = ended(slow, *CALLERS)
    rows = [" " * 17 + "".join(f"{name:>12}" for name in CALLERS)]
    rows += [
        f"{told:<17}"
        + "".join(f"{'ends' if found[name, told] else 'waits':>12}" for name in CALLERS)
        for told in WAYS
    ]

    assert [
        [False, True, True, True],
        [False, False, True, True],
        [False, False, False, True],
    ] == [[found[name, told] for name in CALLERS] for told in WAYS]
    output.check("resilience/timeouts/limits.out", "\n".join(rows))


@pytest.mark.parametrize("name", CALLERS)
def test_without_trouble_all_limits_are_alike(slow: str, name: str) -> None:
    """A server that answers at once is read with any limit, and without one."""

    async def run() -> None:
        async with users.users_client(slow) as client:
            await CALLERS[name](client, "7")

    asyncio.run(run())


def test_a_connection_has_half_a_second() -> None:
    """Nobody waits for a connection as long as for an answer."""
    timeout = users.users_client("http://127.0.0.1").timeout

    assert 0.5 == timeout.connect
    assert users.LIMIT > 0.5


def test_httpx_has_five_seconds_for_each_phase() -> None:
    """Without an argument httpx takes five seconds for each of four phases."""
    with httpx.Client() as client:
        assert httpx.Timeout(connect=5, read=5, write=5, pool=5) == client.timeout


def running(url: str) -> bool:
    """Say whether the long statement runs."""
    with psycopg.connect(url) as connection:
        return bool(
            connection.execute(
                "SELECT FROM pg_stat_activity"
                " WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
            ).fetchall()
        )


@pytest.mark.proves("timeout")
def test_the_database_ends_a_statement_by_itself(database_url: str) -> None:
    """A statement that takes longer than its limit is cancelled by the server."""
    with database.connect(database_url, 0.05) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            connection.execute("SELECT pg_sleep(60)")
        assert "2" == connection.info.get_parameters()["connect_timeout"]

    assert not running(database_url)


def test_a_statement_outlives_its_client(database_url: str) -> None:
    """Without a limit PostgreSQL goes on with a statement whose client has gone."""
    connection = psycopg.connect(database_url)
    connection.pgconn.send_query(b"SELECT pg_sleep(60)")
    wait_until(lambda: not connection.pgconn.flush() and running(database_url))
    connection.close()

    assert running(database_url)


@pytest.fixture
def database_url(database: str) -> str:
    """Name the database apart from the module."""
    return database


CALLERS_THAT_LEAVE = 10
PATIENCE = 0.3  # seconds that those with a deadline have


class Chain(ExitStack):
    """Three services in line, the last of which is busy.

    Args:
        fixture: The fixture that shares them.
    """

    def __init__(self, fixture: str) -> None:
        super().__init__()
        self.done: dict[str, int] = {}  # orders, each way
        self.addresses = [""]
        for _ in range(3):
            service = Service("tests.resilience.chain", fixture, NEXT=self.addresses[0])
            self.addresses.insert(0, self.enter_context(service).address)

    def seen(self, layer: int, way: str) -> dict[str, list[str | None]]:
        """Ask a service what it has seen."""
        return dict(httpx.get(f"{self.addresses[layer]}/seen/{way}", timeout=30).json())

    def wait_until(self, what: str, layer: int, way: str, number: int) -> None:
        """Wait until a service was told of so many requests, or has ended them."""
        wait_until(
            lambda: len(self.seen(layer, way)[what]) >= number,
            f"{number} requests {what} at service {layer}, {way}",
        )

    def leave_in_time(self) -> None:
        """Ask at once with a deadline, and leave when it is over."""
        url = f"{self.addresses[0]}/deadlines/orders"

        async def ask(client: httpx.AsyncClient) -> bool:
            try:
                answer = await deadline.call(client, url, PATIENCE)
            except TimeoutError:
                return True
            return answer.status_code == 504  # which came first

        async def run() -> None:
            async with httpx.AsyncClient() as client:
                asked = map(ask, [client] * CALLERS_THAT_LEAVE)
                assert all(await asyncio.gather(*asked))

        asyncio.run(run())

    def leave(self) -> None:
        """Ask at once, and leave when the last service has heard of all."""
        url = f"{self.addresses[0]}/anew/orders"

        async def run() -> None:
            async with httpx.AsyncClient(timeout=60) as client:
                asked = [
                    asyncio.create_task(client.get(url))
                    for _ in range(CALLERS_THAT_LEAVE)
                ]
                await asyncio.to_thread(
                    self.wait_until, "told", 2, "anew", CALLERS_THAT_LEAVE
                )
                for each in asked:
                    each.cancel()
                await asyncio.wait(asked)

        asyncio.run(run())

    def release(self, way: str) -> None:
        """Let the last service work."""
        for _ in range(CALLERS_THAT_LEAVE):
            httpx.post(f"{self.addresses[2]}/release/{way}", timeout=30)


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """Start three services, ask them in both ways, and leave them."""
    with Chain(f"{__name__}.chain") as chain:
        chain.leave_in_time()
        for layer in range(3):
            number = len(chain.seen(layer, "deadlines")["told"])
            chain.wait_until("ended", layer, "deadlines", number)
        chain.release("deadlines")
        chain.leave()
        chain.release("anew")
        chain.wait_until("ended", 2, "anew", CALLERS_THAT_LEAVE)
        for way in ("deadlines", "anew"):
            chain.done[way] = len(chain.seen(2, way)["done"])
        yield chain


@pytest.mark.proves("deadline")
def test_nothing_is_begun_for_callers_who_have_gone(chain: Chain) -> None:
    """With deadlines the last of three services drops what nobody waits for."""
    assert 0 == chain.done["deadlines"]


@pytest.mark.proves("deadline")
def test_each_service_is_told_what_is_left(chain: Chain, output: Output) -> None:
    """A caller who waits is served, and each service is told less than the one above."""

    async def run() -> int:
        async with httpx.AsyncClient() as client:
            url = f"{chain.addresses[0]}/deadlines/orders"
            return (await deadline.call(client, url, 2)).status_code

    assert 200 == asyncio.run(run())
    told = [chain.seen(layer, "deadlines")["told"][-1] for layer in range(3)]
    left = [int(each or 0) for each in told]
    assert 2000 >= left[0] > left[1] > left[2]
    names = "the first service", "the second", "the third"
    rows = [
        f"{name:<18} ≈ {each:>4} ms" for name, each in zip(names, left, strict=True)
    ]
    output.check("resilience/timeouts/told.out", "\n".join(rows))


@pytest.mark.proves("deadline")
def test_an_answer_that_has_begun_is_cut_off(chain: Chain) -> None:
    """At the deadline a stream ends as a fault, and not as if it were whole."""
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(
            f"{chain.addresses[0]}/deadlines/stream",
            headers={deadline.HEADER: "50"},
            timeout=20,
        )


@pytest.mark.harm("deadline")
def test_without_deadlines_all_is_done_for_nobody(chain: Chain, output: Output) -> None:
    """Services that begin anew do all the work after their callers have left."""
    done = {
        "each begins anew": chain.done["anew"],
        "the deadline is passed on": chain.done["deadlines"],
    }

    assert CALLERS_THAT_LEAVE == done["each begins anew"]
    rows = [f"{'':<27}orders done for nobody"]
    rows += [f"{name:<27}{number:>22}" for name, number in done.items()]
    output.check("resilience/timeouts/work_dont.out", "\n".join(rows))


class Clock:
    """The time, which a test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Tell it."""
        return self.now


def ask(limit: float, told: str | None, spent: float = 0) -> tuple[int, list[float]]:
    """Ask a service, and say what it answers and what its handler had left."""
    clock, had = Clock(), list[float]()

    async def handle(_: Request) -> PlainTextResponse:
        had.append(deadline.left(60))
        clock.now += spent
        had.append(deadline.left(5))
        return PlainTextResponse("done")

    async def run() -> int:
        app = Starlette(routes=[Route("/", handle)])
        app.add_middleware(deadline.Deadline, limit=limit)
        transport = httpx.ASGITransport(app)
        headers = {} if told is None else {deadline.HEADER: told}
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get("http://test/", headers=headers)).status_code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadline, "monotonic", clock)
        return asyncio.run(run()), had


@pytest.mark.proves("deadline")
@pytest.mark.parametrize(
    ("limit", "told", "left"),
    [(30, "7000", 7), (30, None, 30), (30, "90000", 30), (30, "soon", 30)],
)
def test_the_smaller_limit_counts(limit: float, told: str | None, left: float) -> None:
    """A handler has its caller's limit or its service's own, whichever is less."""
    assert (200, [left, 5]) == ask(limit, told)


@pytest.mark.proves("deadline")
def test_a_call_has_its_own_limit_or_what_is_left() -> None:
    """After 26 of 30 seconds a call that may take five has four."""
    assert (200, [30, 4]) == ask(30, "60000", spent=26)


@pytest.mark.proves("deadline")
def test_a_request_without_time_is_not_begun() -> None:
    """A request whose time is up is answered 504, and its handler does not run."""
    assert (504, []) == ask(30, "0")


@pytest.mark.proves("deadline")
def test_a_handler_does_not_begin_a_call_too_late() -> None:
    """A handler that has spent its time makes no further call."""
    assert (504, [7]) == ask(30, "7000", spent=8)


def answered(task: Callable[[], Awaitable[None]], *, fault: bool = False) -> int:
    """Ask a service with 0.1 s that goes on after its answer, and give its status."""

    async def handle(_: Request) -> PlainTextResponse:
        if fault:
            raise TimeoutError(110, "Connection timed out")
        return PlainTextResponse("done", background=BackgroundTask(task))

    async def run() -> int:
        app = Starlette(routes=[Route("/", handle)])
        app.add_middleware(deadline.Deadline, limit=0.1)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get("http://test/")).status_code

    return asyncio.run(run())


@pytest.mark.proves("deadline")
def test_what_comes_after_the_answer_is_not_ended() -> None:
    """A background task has the time that it needs."""
    done = list[str]()

    async def work() -> None:
        await asyncio.sleep(0.2)
        done.append("done")

    assert (200, ["done"]) == (answered(work), done)


@pytest.mark.proves("deadline")
def test_the_limit_of_another_call_is_no_deadline() -> None:
    """A socket that times out while there is time left is a fault, not a 504."""

    async def nothing() -> None:
        raise AssertionError

    assert 500 == answered(nothing, fault=True)


@pytest.mark.proves("deadline")
def test_what_is_no_request_has_no_deadline() -> None:
    """The start of the application is not limited."""
    seen = list[str]()

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])
        await asyncio.sleep(0.01)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_: Message) -> None:
        """Ignore it."""

    limited = deadline.Deadline(app, 0)
    asyncio.run(limited({"type": "lifespan"}, receive, send))

    assert ["lifespan"] == seen
