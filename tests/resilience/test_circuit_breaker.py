"""A real server fails, hangs and recovers, and counts the calls that reach it."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import reload
from threading import Barrier
from time import monotonic, sleep
from typing import TYPE_CHECKING

import circuitbreaker
import httpx
import pytest
from circuitbreaker import CircuitBreakerError, CircuitBreakerMonitor

from snippets.resilience.circuit_breaker import defaults_dont, draft_dont, users
from tests.faults import Faulty
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from handbook.outputs import Output

EXPECTED = (CircuitBreakerError, httpx.HTTPError)


class Clock:
    """The time, which a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Tell it."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give the package a clock that does not run by itself."""
    clock = Clock()
    monkeypatch.setattr(circuitbreaker, "monotonic", clock)
    return clock


@pytest.fixture
def server(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """Start the service that is called, and close every circuit."""
    assert clock.now == 0
    with Faulty() as faulty:
        monkeypatch.setenv("USERS", faulty.address)
        for module in (users, defaults_dont, draft_dont):
            reload(module)
        yield faulty


def call(module: ModuleType, times: int) -> list[str]:
    """Ask for a user some times, and name what happens."""
    happened = []
    for _ in range(times):
        try:
            module.fetch_user("7")
            happened.append("answer")
        except EXPECTED as error:
            happened.append(type(error).__name__)
    return happened


class Redirected:
    """A client whose every call goes to one server, whatever it names."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, _url: str, timeout: float) -> httpx.Response:
        """Ask that server."""
        return httpx.get(self.address, timeout=timeout)


def state() -> str:
    """Say what the circuit of the page is."""
    return str(CircuitBreakerMonitor.get("users").state)


@pytest.mark.proves("circuit-breaker")
def test_the_circuit_is_seen_on_the_wire(
    server: Faulty, clock: Clock, output: Output
) -> None:
    """It opens after five failures, asks once after 30 s, and closes when answered."""
    rows = [f"{'the service':<22}{'calls':>6}{'arrive':>8}  the circuit is"]
    steps = (
        ("answers", 200, 3, 0),
        ("fails", 500, 5, 0),
        ("fails", 500, 10, 0),
        ("fails, 29 s later", 500, 10, 29),
        ("fails, 30 s later", 500, 10, 1),
        ("answers, 30 s later", 200, 10, 30),
    )
    arrived = []
    for told, status, calls, seconds in steps:
        clock.now += seconds
        server.status = status
        before = server.seen
        call(users, calls)
        arrived.append(server.seen - before)
        rows.append(f"{told:<22}{calls:>6}{arrived[-1]:>8}  {state()}")

    assert [3, 5, 0, 0, 1, 10] == arrived
    assert "closed" == state()
    output.check("resilience/circuit_breaker/states.out", "\n".join(rows))


@pytest.mark.proves("circuit-breaker")
def test_a_service_that_hangs_opens_it(
    server: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five calls that time out open the circuit; the sixth does not wait."""
    assert httpx.Timeout(2) == users.users.timeout  # shorter here, to save the wait
    server.hangs = True
    monkeypatch.setattr(users, "users", httpx.Client(timeout=0.05))
    happened = call(users, 6)
    users.users.close()

    assert [*["ReadTimeout"] * 5, "CircuitBreakerError"] == happened
    assert 5 == server.seen


@pytest.mark.proves("circuit-breaker")
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_every_5xx_is_an_outage(server: Faulty, status: int) -> None:
    """Five answers of one 5xx open the circuit, whichever it is."""
    server.status = status

    assert [*["HTTPStatusError"] * 5, "CircuitBreakerError"] == call(users, 6)


@pytest.mark.proves("circuit-breaker")
@pytest.mark.parametrize("how", ["ConnectError", "RemoteProtocolError"])
def test_no_answer_is_an_outage(server: Faulty, how: str) -> None:
    """A service that is switched off opens the circuit, and so does one that hangs up."""
    if how == "ConnectError":
        server.__exit__()
    else:
        server.cuts = True

    assert [*[how] * 5, "CircuitBreakerError"] == call(users, 6)


@pytest.mark.proves("circuit-breaker")
@pytest.mark.parametrize(
    "how", ["UnsupportedProtocol", "LocalProtocolError", "PoolTimeout"]
)
def test_what_we_do_wrong_is_no_outage(
    server: Faulty, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A URL, a header or a pool of ours that is wrong leaves the circuit closed."""
    client = httpx.Client(
        headers={"X-Wrong": "a\nb"} if how == "LocalProtocolError" else None,
        limits=httpx.Limits(max_connections=1),
        timeout=httpx.Timeout(2, pool=0.01),
    )
    monkeypatch.setattr(users, "users", client)
    with client, ExitStack() as held:
        if how == "UnsupportedProtocol":
            monkeypatch.setenv("USERS", "ftp://127.0.0.1")
        if how == "PoolTimeout":
            held.enter_context(client.stream("GET", server.address))

        assert [how] * 6 == call(users, 6)
    assert "closed" == state()


def drip(listening: socket.socket) -> None:
    """Answer one request, a byte now and then."""
    connection, _ = listening.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n")
        for byte in b'{"name": "Ada"}':
            sleep(0.04)
            connection.sendall(bytes([byte]))


@pytest.mark.usefixtures("server")
def test_a_service_that_drips_is_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then takes longer than the client's limit, and is a success."""
    limit = 0.5
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        ThreadPoolExecutor(1) as pool,
        httpx.Client(timeout=limit) as client,
    ):
        pool.submit(drip, listening)
        monkeypatch.setenv("USERS", f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setattr(users, "users", client)
        began = monotonic()
        happened = call(users, 1)
        took = monotonic() - began

    assert ["answer"] == happened
    assert took > limit
    assert "closed" == state()


@pytest.mark.proves("circuit-breaker")
def test_a_user_that_is_not_there_is_no_outage(server: Faulty) -> None:
    """However many 404s there are, the circuit stays closed."""
    server.status = 404

    assert ["HTTPStatusError"] * 20 == call(users, 20)
    assert 20 == server.seen


@pytest.mark.harm("circuit-breaker")
def test_five_users_that_are_not_there_lock_out_everybody(
    server: Faulty, output: Output
) -> None:
    """By default five 404s open the circuit, and then nobody is found."""
    server.status = 404
    call(defaults_dont, 5)
    server.status = 200
    (then,) = call(defaults_dont, 1)

    assert "CircuitBreakerError" == then
    rows = ["five users are not there", f"the sixth is: {then}"]
    output.check("resilience/circuit_breaker/defaults_dont.out", "\n".join(rows))


@pytest.mark.harm("circuit-breaker")
def test_the_first_draft_fails_by_its_own_names(server: Faulty, output: Output) -> None:
    """Its first call is a NameError, and nothing was ever sent."""
    rows = []
    for number in (1, 6):
        for _ in range(5 if number == 6 else 1):
            with pytest.raises(NameError) as told:
                draft_dont.get_user_with_fallback("7")
        rows.append(f"call {number}: {told.value}")

    assert 0 == server.seen
    reload(draft_dont)
    vars(draft_dont)["CircuitBreakerError"] = CircuitBreakerError
    vars(draft_dont)["requests"] = Redirected(server.address)
    assert {"name": "Ada"} == draft_dont.get_user_with_fallback("7")
    server.status = 500
    for _ in range(5):
        with pytest.raises(httpx.HTTPStatusError):
            draft_dont.get_user_with_fallback("7")
    with pytest.raises(NameError) as told:
        draft_dont.get_user_with_fallback("7")
    rows.append(f"with both imported, when it opens: {told.value}")

    assert 6 == server.seen
    output.check("resilience/circuit_breaker/draft_dont.out", "\n".join(rows))


def test_the_first_failures_reach_the_caller(server: Faulty) -> None:
    """Only the sixth failure is one of the circuit; five are the service's own."""
    server.status = 500

    assert [*["HTTPStatusError"] * 5, "CircuitBreakerError"] == call(users, 6)


@pytest.mark.parametrize("status", [200, 404])
def test_four_failures_of_five_never_open_it(server: Faulty, status: int) -> None:
    """It counts failures in a row: one success or 404 in five keeps it closed."""
    for _ in range(20):
        server.status = 500
        call(users, 4)
        server.status = status
        call(users, 1)

    assert 100 == server.seen
    assert "closed" == state()


def test_when_half_open_everybody_is_let_in(server: Faulty, clock: Clock) -> None:
    """After 30 s all calls that come at once go through, and not one of them to try."""
    server.status = 500
    call(users, 5)
    clock.now += 30
    server.together = Barrier(8, timeout=5)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: call(users, 1), range(8)))

    assert 5 + 8 == server.seen


def test_an_error_that_is_no_outage_closes_it(server: Faulty, clock: Clock) -> None:
    """While half-open, one 404 counts as a success, and closes the circuit."""
    server.status = 500
    call(users, 5)
    clock.now += 30
    server.status = 404
    call(users, 1)

    assert "closed" == state()


def test_a_late_success_closes_it(server: Faulty) -> None:
    """A call that began before the outage and succeeds late closes an open circuit."""
    held = server.together = Barrier(2, timeout=5)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(call, users, 1)
        wait_until(lambda: held.n_waiting or late.done())
        server.together = None
        server.status = 500
        call(users, 5)
        opened = state()
        server.status = 200
        held.wait()

        assert ["answer"] == late.result()
    assert "open" == opened
    assert "closed" == state()
