"""Real processes share a port and a queue, and one of them is killed."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from tests.services import ROOT, FreshService, Service
from tests.twelve_factor.children import Child
from tests.twelve_factor.mail import Mail
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

PAGE = "snippets.twelve_factor.concurrency"
WEB = "tests.twelve_factor.web_processes"
ONE_EACH = httpx.Limits(max_keepalive_connections=0)
ORDERS = [f"ord-{number}" for number in range(5)]
RECEIPTS = [f"/receipts/{order}" for order in ORDERS]


def ask(address: str, times: int, patience: float = 5) -> list[int]:
    """Ask, each time on a new connection, which process answers, and who did."""

    def answer(_: int) -> int | None:
        with suppress(httpx.ReadTimeout):
            return int(client.get("/process").text)
        return None

    with (
        httpx.Client(base_url=address, limits=ONE_EACH, timeout=patience) as client,
        ThreadPoolExecutor(20) as pool,
    ):
        return [found for found in pool.map(answer, range(times)) if found]


def ask_until(address: str, count: int) -> list[int]:
    """Ask until so many processes have answered, and give every answer."""
    answers = list[int]()

    def enough() -> bool:
        answers.extend(ask(address, 20))
        return len({*answers}) >= count

    wait_until(enough)
    return answers


def has_ended(process: int) -> bool:
    """Say whether a process that was killed can do nothing any more."""
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or ") Z " in state.read_text()


@pytest.fixture
def mail() -> Iterator[Mail]:
    """Start the service that sends receipts."""
    with Mail() as mail:
        yield mail


@pytest.fixture
def queue(
    database: str, monkeypatch: pytest.MonkeyPatch, mail: Mail
) -> Iterator[psycopg.Connection]:
    """Give the database of the queue, and tell processes where everything is."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("MAIL_URL", mail.address)
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.mark.proves("process-model")
def test_two_workers_of_one_parent_share_a_port(output: Output) -> None:
    """Two processes answer on one port; one is killed, and the port still answers."""
    command = f"uvicorn {PAGE}.web:app --port 0 --workers 2"
    with FreshService(command, "") as service:
        for _ in "ab":
            service.wait_for("startup complete")
        before = ask_until(service.address, 2)
        killed, other = {*before}
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: has_ended(killed))
        without = ask(service.address, 20)
        service.wait_for(rf"Child process \[{killed}\] died")
        service.wait_for("startup complete")
        later = ask_until(service.address, 2)
        os.kill(other, signal.SIGSTOP)
        held_up = ask(service.address, 20)
        os.kill(other, signal.SIGCONT)
        service.end()

    assert 20 == len(without) == len(held_up)
    assert killed not in {*without, *later}
    assert {other} < {*later}
    assert {*held_up} == {*later} - {other}
    rows = [
        f"two workers          {len({*before})} processes answer",
        f"one is killed        {len(without)} of 20 requests are answered",
        f"soon after           {len({*later})} processes answer, one of them new",
        f"one stands still     {len(held_up)} of 20 requests are answered",
    ]
    output.check("twelve_factor/concurrency/workers.out", "\n".join(rows))


@pytest.mark.proves("process-model")
def test_processes_that_share_nothing_share_a_port(output: Output) -> None:
    """Each of two independent processes answers; one is killed, the other goes on."""
    module = f"{PAGE}.shared_port"
    with (
        Service(module, "") as one,
        Service(module, "", PORT=str(one.port)) as other,
    ):
        before = {*ask_until(one.address, 2)}
        one.signal(signal.SIGSTOP)
        held_up = ask(other.address, 20, patience=0.3)
        one.signal(signal.SIGKILL)
        one.end()
        without = ask(other.address, 20)

    assert {*held_up} == {*without} < before
    assert 0 < len(held_up) < 20
    assert 20 == len(without)
    rows = [
        f"two processes        {len(before)} processes answer",
        f"one stands still   ≈ {len(held_up)} of 20 requests are answered",
        f"it is killed         {len(without)} of 20 requests are answered",
    ]
    output.check("twelve_factor/concurrency/shared_port.out", "\n".join(rows))


@pytest.mark.proves("process-model")
def test_a_job_in_the_queue_outlives_the_web_process(
    queue: psycopg.Connection, mail: Mail
) -> None:
    """Jobs that a web process accepted are done though it was killed."""
    table = ROOT / "snippets" / "twelve_factor/concurrency/jobs.sql"
    queue.execute(table.read_bytes())
    with Service(f"{WEB} do", "") as web:
        accept(web, ORDERS)
        web.signal(signal.SIGKILL)
        web.end()
    assert [] == mail.sent
    with Service(f"{WEB} do", "") as web, Child(f"{PAGE}.worker") as worker:
        accept(web, ["ord-9"])
        wait_until(lambda: len(mail.sent) > 5)
        worker.process.terminate()
        worker.end()
        web.end()

    assert [*RECEIPTS, "/receipts/ord-9"] == mail.sent


@pytest.mark.proves("process-model")
def test_a_job_that_was_refused_stays_in_the_queue(
    queue: psycopg.Connection, mail: Mail
) -> None:
    """When the mail service says 503, the worker fails, and the next one sends it."""
    table = ROOT / "snippets" / "twelve_factor/concurrency/jobs.sql"
    queue.execute(table.read_bytes())
    queue.execute("INSERT INTO jobs (order_id) VALUES ('ord-1')")
    mail.refuses = 1
    with Child(f"{PAGE}.worker") as worker:
        code, told = worker.end()

    assert 1 == code
    assert "503 Service Unavailable" in told
    assert [] == mail.sent
    with Child(f"{PAGE}.worker") as worker:
        wait_until(lambda: mail.sent)
        wait_until(lambda: [] == queue.execute("SELECT FROM jobs").fetchall())
        worker.process.terminate()
        worker.end()
    assert ["/receipts/ord-1"] == mail.sent


@pytest.mark.harm("process-model")
def test_a_job_in_the_web_process_dies_with_it(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """Jobs that a web process keeps for itself are lost when it is killed."""
    monkeypatch.setenv("MAIL_URL", mail.address)
    mail.answers.clear()
    with Service(f"{WEB} dont", "") as web:
        accept(web, ORDERS)
        web.signal(signal.SIGKILL)
        web.end()
    mail.answers.set()
    with Service(f"{WEB} dont", "") as web:
        accept(web, ["ord-9"])
        web.end()

    assert ["/receipts/ord-9"] == mail.sent
    rows = [
        f"{'receipts promised':<36}{len(ORDERS)}",
        f"{'sent, after a restart':<36}{len({*mail.sent} & {*RECEIPTS})}",
        f"{'the first one promised after that':<36}sent",
    ]
    output.check("twelve_factor/concurrency/web_dont.out", "\n".join(rows))


def accept(web: Service, orders: list[str]) -> None:
    """Ask for receipts, and see that they are promised."""
    with httpx.Client(base_url=web.address) as client:
        for order in orders:
            assert 202 == client.post(f"/orders/{order}/receipt").status_code
