"""Real processes are started, stopped and killed, and what they had in hand is found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from snippets.twelve_factor.disposability import service, worker
from snippets.twelve_factor.disposability.worker import do_next
from tests.faults import Faulty
from tests.services import ROOT, FreshService, Service
from tests.twelve_factor.children import Child
from tests.twelve_factor.mail import Mail
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

PAGE = "snippets.twelve_factor.disposability"
WORKER = "tests.twelve_factor.job_worker"
FILES = ROOT / "snippets" / "twelve_factor"


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mail]:
    """Start a mail service that takes its time."""
    with Mail() as mail:
        mail.answers.clear()
        monkeypatch.setenv("MAIL_URL", mail.address)
        yield mail


@pytest.fixture
def queue(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection]:
    """Make the table of jobs, and put one in."""
    monkeypatch.setenv("DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute((FILES / "concurrency" / "jobs.sql").read_bytes())
        connection.execute("INSERT INTO jobs (order_id) VALUES ('ord-1')")
        yield connection


def waiting(queue: psycopg.Connection) -> int:
    """Count the jobs that are in the queue."""
    row = queue.execute("SELECT count(*) FROM jobs").fetchone()
    assert row
    return int(row[0])


def wait_for_two_polls(queue: psycopg.Connection) -> None:
    """Wait until a worker has looked twice for a job."""
    last_asked = (
        "SELECT max(query_start) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    times = set[object]()

    def asked_twice() -> bool:
        times.add(queue.execute(last_asked).fetchone())
        return len(times) > 2

    wait_until(asked_twice)


@pytest.mark.proves("disposability")
def test_it_starts_in_seconds_and_ends_in_seconds(output: Output) -> None:
    """It answers seconds after its start, and finishes what it began before it ends."""
    with Faulty() as rates:
        rates.together = Barrier(2, timeout=30)
        begun = time.monotonic()
        with (
            FreshService(f"{PAGE}.service", "", RATES_URL=rates.address) as service,
            httpx.Client(base_url=service.address, timeout=30) as client,
            ThreadPoolExecutor() as pool,
        ):
            assert "here" == client.get("/live").json()
            up = time.monotonic() - begun
            slow = pool.submit(client.get, "/rates")
            wait_until(lambda: rates.seen)
            begun = time.monotonic()
            service.signal(signal.SIGTERM)
            service.wait_for("Waiting for connections")
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{service.address}/live")
            assert not slow.done()
            rates.together.wait()
            assert 200 == slow.result().status_code
            with pytest.raises(RuntimeError, match="the service ended"):
                service.wait_for("one signal is not enough")
            down = time.monotonic() - begun

    assert up < 10
    assert down < 5
    rows = [
        f"start to first answer     ≈ {up:.1f} s",
        "new connections           refused from SIGTERM on",
        "the request in hand       200",
        f"SIGTERM to exit           ≈ {down:.1f} s",
    ]
    output.check("twelve_factor/disposability/service.out", "\n".join(rows))


@pytest.mark.proves("disposability")
def test_its_end_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that never ends holds the service for less than the 30 s of a pod."""
    told: dict[str, float] = {}
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setattr("uvicorn.run", lambda _, **settings: told.update(settings))
    service.main()

    assert 20 == told["timeout_graceful_shutdown"]


@pytest.mark.proves("disposability")
def test_a_fault_of_another_is_no_answer() -> None:
    """When the other service answers 503, its body is not passed on as rates."""
    with Faulty() as rates:
        rates.status = 503
        with Service(f"{PAGE}.service", "", RATES_URL=rates.address) as asked:
            assert 500 == httpx.get(f"{asked.address}/rates").status_code
            asked.end()


@pytest.mark.harm("disposability")
def test_work_at_import_makes_it_depend_on_others() -> None:
    """A service that asks another while it is imported cannot start without it."""
    with Faulty() as rates:
        address = rates.address
        with Service(f"{PAGE}.service_dont", "", RATES_URL=address) as service:
            assert "here" == httpx.get(f"{service.address}/live").json()
            assert {"name": "Ada"} == httpx.get(f"{service.address}/rates").json()
            service.end()
    with Child(f"{PAGE}.service_dont", RATES_URL=address, PORT="0") as down:
        code, told = down.end()
    assert 1 == code
    assert "httpx.ConnectError" in told
    with Service(f"{PAGE}.service", "", RATES_URL=address) as service:
        assert "here" == httpx.get(f"{service.address}/live").json()
        service.end()


@contextmanager
def at_work(kind: str, mail: Mail) -> Iterator[Child]:
    """Start a worker, and wait until it waits for the mail service."""
    before = mail.asked
    with Child(f"{WORKER} {kind}") as worker:
        worker.wait_for("begun ord-1")
        wait_until(lambda: mail.asked > before)
        yield worker


@pytest.mark.proves("disposability")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=str)
def test_a_job_is_not_lost(
    number: signal.Signals, queue: psycopg.Connection, mail: Mail
) -> None:
    """A worker that is stopped or killed leaves its job to the next one."""
    with at_work("good", mail) as worker:
        assert [] == queue.execute("SELECT FROM jobs FOR UPDATE SKIP LOCKED").fetchall()
        os.kill(worker.process.pid, number)
        code, _ = worker.end()
    assert {signal.SIGTERM: 0, signal.SIGKILL: -9}[number] == code
    assert 1 == waiting(queue)

    mail.answers.set()
    with at_work("good", mail) as worker:
        wait_until(lambda: not waiting(queue))
        wait_for_two_polls(queue)
        worker.process.terminate()
        assert 0 == worker.end()[0]
    assert ["/receipts/ord-1"] == mail.sent


@pytest.mark.proves("disposability")
def test_the_oldest_job_is_the_next(queue: psycopg.Connection) -> None:
    """Jobs are done in the order in which they came, wherever their rows lie."""
    queue.execute("INSERT INTO jobs (order_id) VALUES ('ord-2')")
    queue.execute("UPDATE jobs SET order_id = 'ord-one' WHERE order_id = 'ord-1'")
    done: list[str] = []
    while do_next(queue, done.append):
        pass

    assert ["ord-one", "ord-2"] == done


@pytest.mark.proves("disposability")
@pytest.mark.usefixtures("queue")
def test_it_pauses_when_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a job it looks again at once, and after nothing it waits."""
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise InterruptedError

    monkeypatch.setattr(worker, "time", SimpleNamespace(sleep=pause))
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(InterruptedError):
            worker.work(lambda _: None)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert [0, 0.1, 0.1] == pauses


@pytest.mark.proves("disposability")
def test_two_workers_do_not_take_the_same_job(
    queue: psycopg.Connection, mail: Mail
) -> None:
    """While one worker has a job in hand, another takes the next."""
    with at_work("good", mail), Child(f"{WORKER} good") as other:
        queue.execute("INSERT INTO jobs (order_id) VALUES ('ord-2')")
        other.wait_for("begun ord-2")
        other.process.terminate()
        assert 0 == other.end()[0]

    assert 2 == waiting(queue)


@pytest.mark.harm("disposability")
def test_a_job_that_was_taken_off_first_is_lost(
    queue: psycopg.Connection, mail: Mail, output: Output
) -> None:
    """A worker that takes its job off the queue before it is done takes it along."""
    left = {}
    for kind in ("dont", "good"):
        with at_work(kind, mail) as worker:
            worker.process.kill()
            worker.end()
        left[kind] = waiting(queue)
        queue.execute("INSERT INTO jobs (order_id) VALUES ('ord-1')")
    mail.answers.set()
    with at_work("dont", mail) as worker:  # nobody sees it in a run without a kill
        worker.wait_for("done ord-1")
        wait_until(lambda: not waiting(queue))
        wait_for_two_polls(queue)
        worker.process.terminate()
        worker.end()

    assert {"dont": 0, "good": 1} == left
    rows = [
        f"taken, then done     {left['dont']} of 1 jobs left after SIGKILL",
        f"one transaction      {left['good']} of 1 jobs left after SIGKILL",
    ]
    output.check("twelve_factor/disposability/worker_dont.out", "\n".join(rows))


@pytest.mark.harm("disposability")
def test_a_worker_that_catches_everything_cannot_be_stopped(
    queue: psycopg.Connection, mail: Mail
) -> None:
    """Told to stop, it logs that as a failure, and begins the same job again."""
    with at_work("deaf", mail) as worker:
        worker.process.terminate()
        worker.wait_for("job failed, going on")
        worker.wait_for("SystemExit")
        worker.wait_for("begun ord-1")
        worker.process.kill()

        assert -signal.SIGKILL == worker.end()[0]
    assert 1 == waiting(queue)


def told(script: str) -> str:
    """Run a program by a script, stop the script, and say what the program heard."""
    program = [sys.executable, "-IS", str(ROOT / "tests/twelve_factor/listener.py")]
    command = ["sh", str(ROOT / "snippets" / script), *program]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as shell:
        assert shell.stdout
        assert "running\n" == shell.stdout.readline()
        shell.terminate()
        code = shell.wait()
        if code == 0:
            return shell.stdout.read().strip()
        os.killpg(shell.pid, 0)  # somebody is still there
        os.killpg(shell.pid, signal.SIGTERM)
        assert "told to stop\n" == shell.stdout.readline()
        return f"nothing; the shell ended with {code}, the program ran on"


@pytest.mark.proves("disposability")
def test_a_script_that_becomes_the_program_passes_the_signal() -> None:
    """With `exec` the program is the process that gets the signal."""
    assert "told to stop" == told("twelve_factor/disposability/entrypoint.sh")


@pytest.mark.proves("disposability")
def test_a_script_passes_each_argument_as_it_is() -> None:
    """An argument with a space in it is still one."""
    script = ROOT / "snippets" / "twelve_factor/disposability/entrypoint.sh"
    command = ["sh", str(script), "printf", "[%s]", "a b", "c"]
    passed = subprocess.run(command, capture_output=True, check=True, text=True)

    assert "[a b][c]" == passed.stdout


@pytest.mark.harm("disposability")
def test_a_script_that_waits_for_the_program_keeps_the_signal(output: Output) -> None:
    """Without `exec` the shell gets the signal, and the program none."""
    kept = told("twelve_factor/disposability/entrypoint_dont.sh")

    assert kept.startswith("nothing")
    output.check("twelve_factor/disposability/entrypoint_dont.out", kept)
