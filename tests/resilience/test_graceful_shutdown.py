"""Real servers in Go and Python get a real SIGTERM while they are at work."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI

from snippets.resilience.graceful_shutdown import serving
from tests.otlp import Collector
from tests.resilience.shutdown.servers import (
    DRAFT,
    GO,
    PYTHON,
    SNIPPETS,
    UVICORN,
    Caller,
    Seen,
    Servers,
    accepted,
    end,
    observe,
)

if TYPE_CHECKING:
    from handbook.outputs import Output
    from tests.services import Service

HELD = 500  # requests that are being worked on when the signal comes
STEADY = 8  # callers that ask on and on, each time on a new connection
COLUMNS = {
    DRAFT: "Go, draft",
    UVICORN: "uvicorn",
    GO: "Go, ours",
    PYTHON: "Python, ours",
}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Servers:
    """Build those in Go."""
    folder = tmp_path_factory.mktemp("servers")
    return Servers(folder, f"{__name__}.servers", GO, DRAFT)


@pytest.fixture(scope="module")
def seen(servers: Servers) -> dict[str, Seen]:
    """See every behaviour of every server."""
    return observe(servers)


@dataclass
class Load:
    """What became of the requests that were sent around the signal."""

    answered: set[str]
    refused: set[str]
    torn: set[str]
    accepted: set[str]
    spans: int
    exit: str


@pytest.fixture(scope="module")
def loads(servers: Servers) -> dict[str, Load]:
    """Send SIGTERM to both servers under load."""
    found = {}
    for server in (GO, PYTHON):
        with (
            Collector() as collector,
            servers.start(
                server, "traced", OTEL_EXPORTER_OTLP_ENDPOINT=collector.address
            ) as service,
        ):
            load = asyncio.run(under_load(service))
            load.exit = end(service)
            load.accepted = accepted(service)
            load.spans = len(collector.spans)
            found[server] = load
    return found


async def under_load(service: Service) -> Load:
    """Send SIGTERM while hundreds are being served and others keep coming."""
    load = Load(set(), set(), set(), set(), 0, "")
    numbers = count()

    async def ask(path: str) -> bool:
        number = str(next(numbers))
        became = await request(service.port, f"{path}/{number}", number)
        getattr(load, became).add(number)
        return became == "answered"

    async def keep_asking() -> None:
        while await ask("/quick"):
            pass

    steady = [asyncio.create_task(keep_asking()) for _ in range(STEADY)]
    held = [asyncio.create_task(ask("/held")) for _ in range(HELD)]
    await asyncio.to_thread(service.wait_for, rf"holding {HELD}\b")
    service.signal(signal.SIGTERM)
    await asyncio.gather(*steady)  # they end when they are refused
    service.signal(signal.SIGUSR1)
    await asyncio.gather(*held)
    return load


async def request(port: int, path: str, number: str) -> str:
    """Ask on a new connection, and say what became of it."""
    answer = b""
    with suppress(ConnectionError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n".encode())
            writer.write(b"Connection: close\r\n\r\n")
            answer = await reader.read()
        finally:
            writer.close()
    if not answer:
        return "refused"
    whole = answer.startswith(b"HTTP/1.1 200") and number.encode() in answer[-6:]
    return "answered" if whole else "torn"


@pytest.mark.proves("graceful-shutdown")
@pytest.mark.parametrize("server", [GO, PYTHON])
def test_no_accepted_request_is_lost(server: str, loads: dict[str, Load]) -> None:
    """Of hundreds of requests around a SIGTERM, each that a handler saw is answered."""
    load = loads[server]

    assert load.accepted == load.answered
    assert not load.torn
    assert len(load.answered) > HELD
    assert len(load.refused) >= STEADY
    assert "0" == load.exit


@pytest.mark.proves("graceful-shutdown")
def test_the_load_is_shown(loads: dict[str, Load], output: Output) -> None:
    """Both languages answer all that they accept, and refuse the rest unread."""
    go, python = loads[GO], loads[PYTHON]
    assert (go.answered, python.answered) == (go.accepted, python.accepted)
    rows = [
        ("worked on when SIGTERM comes", HELD, HELD),
        ("accepted in all", *(f"≈ {len(x.accepted)}" for x in (go, python))),
        ("accepted and not answered", 0, 0),
        ("refused, by no handler seen", *(f"≈ {len(x.refused)}" for x in (go, python))),
        ("exit code", go.exit, python.exit),
    ]
    table = [f"{'':<30}{'Go':>8}{'Python':>8}"]
    table += [f"{row:<30}{left:>8}{right:>8}" for row, left, right in rows]
    output.check("resilience/graceful_shutdown/load.out", "\n".join(table))


@pytest.mark.proves("graceful-shutdown")
def test_the_last_spans_leave(loads: dict[str, Load]) -> None:
    """After the drain the flush sends a span for every request that was accepted."""
    load = loads[PYTHON]

    assert len(load.accepted) == load.spans


@pytest.mark.proves("graceful-shutdown")
@pytest.mark.parametrize("server", [GO, PYTHON])
def test_both_languages_behave_alike(server: str, seen: dict[str, Seen]) -> None:
    """Whatever holds them up, both end within the limit, and the exit code says how."""
    assert {
        "first signal": "drains",
        "it says goodbye": "yes",
        "exit, drained": "0",
        "second signal": "ends, 1",
        "drain limit": "cut, 1",
        "its caller gets": "none" if server == GO else "500",
        "then": "flushes",
        "a stuck thread": "cut, 1",
        "idle keep-alive": "closed",
        "slow body": "408, 0",
        "half a header": "closed, 0",
    } == seen[server]


@pytest.mark.proves("graceful-shutdown")
def test_a_slow_answer_is_no_slow_body(servers: Servers) -> None:
    """The limit of reading ends with the body: the work may take longer."""
    with (
        servers.start(PYTHON, READ_SECONDS="0.1") as service,
        Caller(service) as caller,
    ):
        caller.get("/stream/1")
        service.wait_for("accepted 1")
        time.sleep(0.1)
        service.signal(signal.SIGUSR1)

        assert "200" == caller.status()


@pytest.mark.proves("graceful-shutdown")
@pytest.mark.parametrize("server", [GO, PYTHON])
def test_an_idle_connection_has_a_limit_of_its_own(
    server: str, servers: Servers
) -> None:
    """A connection without a request is kept for `IDLE_SECONDS`, not `READ_SECONDS`."""
    limits = {"READ_SECONDS": "0.2", "IDLE_SECONDS": "1"}
    with servers.start(server, **limits) as service, Caller(service) as caller:
        caller.get("/quick/1")
        assert "200" == caller.status()
        began = time.monotonic()

        assert b"" == caller.read()
        assert time.monotonic() - began > 0.9


@pytest.mark.proves("graceful-shutdown")
def test_idle_connections_outlive_a_load_balancers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unless it is set, both keep an idle connection for longer than 60 seconds."""
    monkeypatch.setenv("PORT", "0")
    go = (SNIPPETS / GO).read_text("utf-8")

    assert serving.Server(FastAPI()).config.timeout_keep_alive == 75
    assert 'seconds("IDLE_SECONDS", 75)' in go


@pytest.mark.proves("graceful-shutdown")
@pytest.mark.parametrize("server", [GO, PYTHON])
def test_they_listen_where_they_are_told(server: str, servers: Servers) -> None:
    """`HOST` names the address; without it, only this machine reaches them."""
    with servers.start(server) as service:
        assert service.address.startswith("http://127.0.0.1:")
    with servers.start(server, HOST="127.0.0.2") as service:
        assert service.address.startswith("http://127.0.0.2:")
        httpx.get(f"{service.address}/quick/1").raise_for_status()


@pytest.mark.harm("graceful-shutdown")
def test_the_defaults_of_each_language_differ(
    seen: dict[str, Seen], output: Output
) -> None:
    """A slow body holds the Go draft to its limit, and nothing ends uvicorn."""
    draft = seen["resilience/graceful_shutdown/draft/main_dont.go"]
    uvicorn = seen[UVICORN]

    assert "ignored" == draft["second signal"] == uvicorn["second signal"]
    assert ("cut, 1", "goes on") == (draft["slow body"], uvicorn["slow body"])
    assert ("cut, 1", "goes on") == (draft["drain limit"], uvicorn["drain limit"])
    assert ("yes", "no") == (draft["it says goodbye"], uvicorn["it says goodbye"])
    assert ("0", "143") == (draft["exit, drained"], uvicorn["exit, drained"])
    table = [["", *COLUMNS.values()]]
    table += [[r, *(seen[server].get(r, "-") for server in COLUMNS)] for r in draft]
    lines = [f"{row:<21}" + "".join(f"{c:<13}" for c in cells) for row, *cells in table]
    text = "\n".join(line.rstrip() for line in lines)
    output.check("resilience/graceful_shutdown/behaviours.out", text)


@pytest.mark.proves("graceful-shutdown")
def test_an_upgraded_connection_may_say_its_last_word(servers: Servers) -> None:
    """A connection that was taken over learns that the server leaves, and may finish."""
    with (
        servers.start("resilience/graceful_shutdown/server/main.go") as service,
        Caller(service) as caller,
    ):
        upgrade(caller, service)
        assert b"leaving" in caller.read()
        caller.sock.sendall(b"bye\n")

        assert "0" == end(service)
    assert "last word bye" in service.output


@pytest.mark.harm("graceful-shutdown")
def test_the_draft_cuts_upgraded_connections(servers: Servers, output: Output) -> None:
    """It cuts a WebSocket, says that it ended gracefully, and exits with 0."""
    with (
        servers.start("resilience/graceful_shutdown/draft/main_dont.go") as service,
        Caller(service) as caller,
    ):
        upgrade(caller, service)

        assert b"" == caller.read()
        code = end(service)
    last = service.output.splitlines()[-1].split(" ", 2)[2]  # without the time
    assert "Server exited gracefully" == last
    assert "0" == code
    rows = [
        "the WebSocket    cut",
        f"the log          {last}",
        f"the exit code    {code}",
    ]
    output.check("resilience/graceful_shutdown/upgraded_dont.out", "\n".join(rows))


def upgrade(caller: Caller, service: Service) -> None:
    """Take a connection over, as a WebSocket does, and end the server."""
    caller.get("/upgrade/1")
    service.wait_for("accepted 1")
    assert b"101" in caller.read()
    service.signal(signal.SIGTERM)
