"""Each fault is injected into a real service, and asked for by its first query."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from string import Template
from subprocess import Popen
from threading import RLock
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx
import pytest
from structlog.testing import capture_logs

from snippets.operations.troubleshooting.restart_dont import restart
from snippets.operations.troubleshooting.stock import Stock
from tests.drawing import DO, INK, QUIET, drawing
from tests.faults import Faulty
from tests.projects import ROOT
from tests.services import FreshService, Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.loopback import Request
    from tests.prometheus import Prometheus

HERE: Final = "operations/troubleshooting"
REPORTS: Final = "tests.operations.reports_service"
STOCK: Final = "snippets.operations.troubleshooting.stock"
SLOW: Final = 1.2  # seconds: no other answer takes as long
THREADS: Final = 40  # what anyio gives
HANGING: Final = THREADS + 5


class First(NamedTuple):
    """What to ask first.

    Attributes:
        symptom: What is seen.
        asks: The question.
        leads: Where to look next, for each of two answers.
        job: The service that has this symptom.
    """

    symptom: str
    asks: str
    leads: tuple[tuple[str, str], tuple[str, str]]
    job: str


FIRST: Final = {
    f"{HERE}/errors.promql": First(
        "errors are up",
        "Which route fails?",
        (
            ("one route", "what it calls, its last change"),
            ("all of them", "what they share: database, config"),
        ),
        "trouble-errors",
    ),
    f"{HERE}/latency.promql": First(
        "latency is up",
        "Which route is slow?",
        (
            ("one route", "a trace of it: which call takes long"),
            ("all of them", "what they wait for, as below"),
        ),
        "trouble-latency",
    ),
    f"{HERE}/hanging.promql": First(
        "requests hang",
        "Does anybody wait for a thread?",
        (
            ("above 0", "a dump: who holds the threads"),
            ("0", "what is before it: balancer, network"),
        ),
        "trouble-hang",
    ),
    f"{HERE}/releases.promql": First(
        "nothing was changed",
        "Which releases ran in this hour?",
        (
            ("two", "take the new one back"),
            ("one", "flags, traffic, whom it calls"),
        ),
        "trouble-release",
    ),
}
FAULTS: Final = {
    "trouble-errors": "it answers 500",
    "trouble-latency": f"it takes {SLOW} s",
    "trouble-hang": "it never answers",
    "trouble-release": "it is well",
}


class Dependency(Faulty):
    """Whom the service calls; it can also be slow."""

    slow = False

    def answer(self, request: Request) -> None:
        """Answer late, or as told."""
        if self.slow:
            self.closing.wait(SLOW)
        super().answer(request)


def query(file: str, job: str) -> str:
    """Read a query, and ask it of a service."""
    text = Path(ROOT, "snippets", file).read_text("utf-8")
    return Template(text).substitute(job=job)


class Patient:
    """A service with a fault, which Prometheus has seen.

    Attributes:
        mean: What the mean says of it.
    """

    def __init__(self, prometheus: Prometheus, job: str) -> None:
        self.prometheus, self.job = prometheus, job
        self.mean = prometheus.value(query(f"{HERE}/mean_dont.promql", job))
        self.found = {each: self.ask(each) for each in FIRST}

    def ask(self, file: str) -> dict[str, float]:
        """Ask a first query; give each row by its only label."""
        rows = self.prometheus.query(query(file, self.job))
        return {dict(labels).popitem()[1]: value for labels, value in rows.items()}


def visit(address: str, *paths: str) -> None:
    """Ask for some paths, one after the other, and take any answer."""
    alone = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=address, limits=alone, timeout=60) as client:
        for path in paths:
            client.get(path)


@contextmanager
def running(
    prometheus: Prometheus, job: str, release: str = "41"
) -> Iterator[tuple[Service, Dependency]]:
    """Start a service that is well, has answered, and was scraped before and after."""
    [port] = prometheus.ports(job)
    with Dependency() as dependency:
        there = {"PORT": port, "RELEASE": release, "REPORTS": dependency.address}
        with Service(REPORTS, f"{__name__}.patients", **there) as service:
            for _ in range(2):
                visit(service.address, "/reports", "/prices")
                prometheus.wait_for_scrape(job)
            yield service, dependency
            dependency.hangs = False
            dependency.closing.set()
            service.end()


def send(service: Service, request: str, stack: ExitStack) -> None:
    """Send a request whose answer does not come."""
    place = ("127.0.0.1", service.port)
    connection = stack.enter_context(socket.create_connection(place))
    connection.sendall(f"{request} HTTP/1.1\r\nHost: a\r\n\r\n".encode())


@pytest.fixture(scope="module")
def patients(prometheus: Prometheus) -> dict[str, Patient]:
    """Let each fault happen to a service of its own, and ask all four queries."""
    found = {}
    for job in ("trouble-errors", "trouble-latency"):
        with running(prometheus, job) as (service, dependency):
            dependency.status = 500 if job == "trouble-errors" else 200
            dependency.slow = job == "trouble-latency"
            visit(service.address, *["/reports"] * 3, "/prices")
            prometheus.wait_for_scrape(job)
            found[job] = Patient(prometheus, job)
    job = "trouble-hang"
    with running(prometheus, job) as (service, dependency):
        dependency.hangs = True
        with ExitStack() as stack:
            for _ in range(HANGING):
                send(service, "GET /reports", stack)
            prometheus.wait(f'worker_threads_waiting{{job="{job}"}} == 5')
            visit(service.address, "/prices")
            prometheus.wait_for_scrape(job)
            found[job] = Patient(prometheus, job)
    job = "trouble-release"
    for release in ("41", "42"):
        with running(prometheus, job, release):
            found[job] = Patient(prometheus, job)
    return found


@pytest.mark.proves("first-query")
@pytest.mark.parametrize("file", FIRST, ids=FIRST)
def test_each_fault_is_in_the_answer_to_its_own_query(
    patients: dict[str, Patient], file: str
) -> None:
    """The first query of a symptom shows the fault, and what is well beside it."""
    symptom, *_, job = FIRST[file]
    found = {fault: each.found[file] for fault, each in patients.items()}
    mine = found.pop(job)
    others = [value for each in found.values() for value in each.values()]

    if symptom == "errors are up":
        assert mine["/reports"] > 0.5
        assert 0 == mine["/prices"]
        assert {0} == {*others}
    elif symptom == "latency is up":
        assert mine["/reports"] > 1 > mine["/prices"]
        assert max(others) < 1
    elif symptom == "requests hang":
        assert {job: HANGING - THREADS} == mine
        assert {0} == {*others}
    else:
        assert {"41": 1, "42": 1} == mine
        assert [{"41": 1}] * 3 == [*found.values()]


def test_what_the_queries_answer_is_shown(
    patients: dict[str, Patient], output: Output
) -> None:
    """Every query is asked of every fault, and the page shows the answers."""
    rows = [f"{'the service it calls':<22}errors   P95      waiting  releases"]
    for job, patient in patients.items():
        errors, p95, waiting, releases = patient.found.values()
        late = f"≈ {p95['/reports']:.2f} s"
        cells = [f"≈ {errors['/reports']:.0%}", late, f"{waiting[job]:.0f}"]
        row = "".join(f"{cell:<9}" for cell in cells)
        rows.append(f"{FAULTS[job]:<22}{row}{' '.join(sorted(releases))}")

    assert 1 + len(FIRST) == len(rows)
    output.check(f"{HERE}/answers.out", "\n".join(rows))


def test_the_tree_is_drawn_from_the_queries(output: Output) -> None:
    """The figure of the page has each symptom, its question, and where it leads."""
    drawn = tree()

    for first in FIRST.values():
        for text in (first.symptom, first.asks, *chain(*first.leads)):
            assert f">{text}<" in drawn
    output.check(f"{HERE}/tree.svg", drawn)


def tree() -> str:
    """Draw each symptom with its question, and below it where the answers lead."""
    told = "; ".join(
        f"{first.symptom}: {first.asks} "
        + ", ".join(f"{found}: {where}" for found, where in first.leads)
        for first in FIRST.values()
    )
    with drawing(told, height=4.4) as drawn:
        axes = drawn.axes[0]
        axes.set_axis_off()
        axes.set_xlim(0, 10)
        axes.set_ylim(-4 * len(FIRST) + 1, 0.6)
        for number, first in enumerate(FIRST.values()):
            y = -4 * number
            axes.text(
                0,
                y,
                first.symptom,
                fontsize=11.5,
                color=INK,
                weight="bold",
                va="center",
            )
            axes.text(3.9, y, first.asks, fontsize=11.5, color=INK, va="center")
            for row, (found, where) in enumerate(first.leads, 1):
                arrow = {"arrowstyle": "->", "color": DO}
                axes.plot([0.3, 0.3], [y - 0.45, y - row], color=DO, linewidth=1)
                axes.annotate("", (0.9, y - row), (0.3, y - row), arrowprops=arrow)
                axes.text(1, y - row, found, fontsize=11.5, color=QUIET, va="center")
                axes.text(3.9, y - row, where, fontsize=11.5, color=INK, va="center")
    return drawn.svg


@pytest.mark.harm("first-query")
def test_the_mean_is_well_while_everybody_waits(
    patients: dict[str, Patient], output: Output
) -> None:
    """While 45 requests hang, the mean of those that ended says that all is well."""
    "operations/troubleshooting/mean_dont.promql"
    patient = patients["trouble-hang"]
    late = patient.found[f"{HERE}/latency.promql"]["/reports"]
    failures = patient.found[f"{HERE}/errors.promql"]["/reports"]
    assert patient.mean is not None

    assert patient.mean < SLOW
    assert late < SLOW
    assert 0 == failures
    rows = [
        f"requests that hang                {HANGING}",
        f"the mean of all routes            ≈ {patient.mean:.3f} s",
        f"the P95 of /reports               ≈ {late:.3f} s",
        f"the share of failures             {failures:.0%}",
    ]
    output.check(f"{HERE}/mean_dont.out", "\n".join(rows))


FRAME: Final = re.compile(r'  File "\S*(snippets/\S+)", line (\d+) in (\w+)')


def dump(service: Service) -> list[list[str]]:
    """Send SIGUSR1, and give the frames of our own code, thread by thread."""
    service.output = ""
    service.signal(signal.SIGUSR1)
    service.wait_for("in _run_module_as_main")  # the main thread's first frame
    threads = re.split(r"hread 0x.*\n", service.output)
    frames = [[m[0] for m in FRAME.finditer(thread)] for thread in threads]
    return [thread for thread in frames if thread]


def names(thread: list[str]) -> list[str]:
    """Name the functions of a thread, the one that runs first."""
    return [frame.rpartition(" ")[2] for frame in thread]


@pytest.mark.proves("dump-before-restart")
def test_a_dump_names_the_line_that_waits_for_itself(output: Output) -> None:
    """SIGUSR1 shows who holds the lock and waits for it, and who waits behind."""
    with FreshService(STOCK, "") as service, ExitStack() as stack:
        for _ in range(2):
            httpx.post(f"{service.address}/orders/tea").raise_for_status()
        sent = ("POST /orders/tea", "POST /orders/tea", "GET /stock/tea")
        for number, request in enumerate(sent, 2):
            send(service, request, stack)
            wait_until(lambda count=number: len(dump(service)) == count)  # type: ignore[misc]
        threads = dump(service)
        service.signal(signal.SIGKILL)
    stacks = [names(thread) for thread in threads]
    order = (["count", "take", "order"], ["take", "order"], ["count", "read"])

    assert 4 == len(stacks)
    assert ["main"] == stacks[-1]
    rows = []
    for each in order:
        thread = threads[stacks.index(each)]
        rows += ["Thread (most recent call first):", *thread]
    output.check(f"{HERE}/stock.out", "\n".join(rows))


@pytest.mark.proves("dump-before-restart")
def test_a_process_that_was_asked_goes_on() -> None:
    """A dump costs nothing: the service answers after it, and ends as it should."""
    with Service(STOCK, "") as service:
        left = httpx.get(f"{service.address}/stock/tea").json()  # a second thread
        service.signal(signal.SIGUSR1)
        service.wait_for("most recent call first")
        service.wait_for("most recent call first")
        httpx.post(f"{service.address}/orders/tea").raise_for_status()
        then = httpx.get(f"{service.address}/stock/tea").json()
        service.end()

    assert (5, 4) == (left, then)


def test_a_process_that_was_not_prepared_is_ended_by_the_signal() -> None:
    """Without the call, SIGUSR1 does what it does by default: it ends the process."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGUSR1); signal.pause()"
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)

    assert -signal.SIGUSR1 == done.returncode


def test_the_patient_waits_for_its_own_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a lock that its owner may take again, the stock goes on below three."""
    stock = Stock()
    monkeypatch.setattr(stock, "lock", RLock())
    told = []
    for _ in range(4):
        with capture_logs() as lines:
            stock.take("tea")
        told.append([line["left"] for line in lines])

    assert [[], [], [2], [1]] == told
    assert 1 == stock.count("tea")


@pytest.fixture
def processes() -> Iterator[list[Popen[str]]]:
    """Keep what a test starts, and leave none behind."""
    kept: list[Popen[str]] = []
    yield kept
    for process in kept:
        process.kill()
        process.wait()


@pytest.mark.harm("dump-before-restart")
def test_a_restart_buys_two_orders_and_loses_the_cause(
    tmp_path: Path, processes: list[Popen[str]], output: Output
) -> None:
    """After the restart the same order hangs again, and the log does not say why."""
    log = tmp_path / "stock.log"

    def start() -> Popen[str]:
        there = {**os.environ, "PORT": "0", "PYTHONPATH": str(ROOT)}
        with log.open("a", encoding="utf-8") as written:
            command = [sys.executable, "-m", STOCK]
            process = Popen(
                command, stderr=written, stdout=written, env=there, text=True
            )
        processes.append(process)
        return process

    stuck = start()
    answered = [answers(log, 0)]
    restart(stuck, start)
    answered.append(answers(log, 1))
    codes = [each.poll() for each in processes]
    text = log.read_text(encoding="utf-8")

    assert [2, 2] == answered
    assert [-signal.SIGKILL, None] == codes
    causes = re.findall(r"count|take|lock|reorder", text)
    assert [] == causes
    rows = [
        f"orders until it hung            {answered[0]}",
        f"orders after the restart        {answered[1]}",
        f"lines of the log about a lock   {len(causes)}",
    ]
    output.check(f"{HERE}/restart_dont.out", "\n".join(rows))


def answers(log: Path, before: int) -> int:
    """Order until there is no answer, and say how many there were."""

    def address() -> str | None:
        found = re.findall(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))
        return found[before] if len(found) > before else None

    orders = f"{wait_until(address)}/orders/tea"
    answered = 0
    for _ in range(2):
        answered += httpx.post(orders, timeout=60).is_success
    with pytest.raises(httpx.ReadTimeout):  # it never comes: a second is enough
        httpx.post(orders, timeout=httpx.Timeout(60, read=1))
    return answered
