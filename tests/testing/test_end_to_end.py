"""A customer's way through two processes and a database."""

from __future__ import annotations

import os
import re
import signal
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg
import pytest

from handbook.children import SHARED
from snippets.testing.end_to_end import journey, journey_dont
from snippets.testing.end_to_end.processes import started
from snippets.testing.end_to_end.waiting import eventually
from tests.databases import new_database
from tests.projects import ROOT
from tests.testing.ordering import TABLE
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handbook.outputs import Output

SCHEMA: Final = Path(ROOT, "snippets/testing/pyramid/schema.sql").read_text()
ADDRESS: Final = r"http://127\.0\.0\.1:\d+"
ORDERING: Final = "tests.testing.ordering"
RECEIPTS: Final = "tests.testing.receipts"
SLEEP: Final = 2.0


class Shop(NamedTuple):
    """The shop, and the process that writes its receipts."""

    address: str
    log: Path
    worker: int

    def reads(self) -> int:
        """Count how often somebody looked for a receipt."""
        return len(re.findall(r'"GET /orders/', self.log.read_text()))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Start all that a customer needs."""
    folder = tmp_path_factory.mktemp("shop")
    with ExitStack() as stack:
        url = stack.enter_context(new_database())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute((SCHEMA + TABLE).encode())
        environment = {**os.environ, "DATABASE_URL": url, SHARED: f"{__name__}.shop"}
        log = folder / "shop.log"
        address, _ = stack.enter_context(started(ORDERING, environment, ADDRESS, log))
        log_of_worker = folder / "receipts.log"
        _, worker = stack.enter_context(
            started(RECEIPTS, environment, "ready", log_of_worker)
        )
        yield Shop(address, log, worker)


class Run(NamedTuple):
    """What became of a journey."""

    passes: bool
    seconds: float


def run(test: Callable[[str], None], address: str) -> Run:
    """Go on a journey."""
    begun = perf_counter()
    try:
        test(address)
    except AssertionError:
        return Run(passes=False, seconds=perf_counter() - begun)
    return Run(passes=True, seconds=perf_counter() - begun)


def in_vain(shop: Shop, test: Callable[[str], None]) -> Run:
    """Go on a journey while the worker has no time at all."""
    os.kill(shop.worker, signal.SIGSTOP)
    try:
        return run(test, shop.address)
    finally:
        os.kill(shop.worker, signal.SIGCONT)


def delayed(shop: Shop, test: Callable[[str], None]) -> Run:
    """Go on a journey; the worker has time when three looks were in vain."""
    runs = []
    before = shop.reads()
    os.kill(shop.worker, signal.SIGSTOP)
    try:
        thread = Thread(target=lambda: runs.append(run(test, shop.address)))
        thread.start()
        wait_until(lambda: shop.reads() >= before + 3)
    finally:
        os.kill(shop.worker, signal.SIGCONT)
    thread.join(timeout=60)
    return runs[0]


@pytest.mark.proves("few-journeys")
@pytest.mark.harm("few-journeys")
def test_a_sleep_is_too_long_or_too_short(shop: Shop, output: Output) -> None:
    """With a sleep the journey always costs it, and fails when the receipt is later."""
    tests = {
        "waits": journey.discount_and_receipt,
        "sleeps 2 s": journey_dont.discount_and_receipt,
    }
    usual = {}
    for name, test in tests.items():
        for _ in range(5):  # on a busy machine two seconds may be too short even so
            usual[name] = run(test, shop.address)
            if usual[name].passes:
                break
    late = {
        "waits": delayed(shop, tests["waits"]),
        "sleeps 2 s": in_vain(shop, tests["sleeps 2 s"]),
    }

    assert {"waits": True, "sleeps 2 s": True} == {
        name: each.passes for name, each in usual.items()
    }
    assert {"waits": True, "sleeps 2 s": False} == {
        name: each.passes for name, each in late.items()
    }
    assert usual["sleeps 2 s"].seconds >= SLEEP
    assert usual["waits"].seconds < 30
    rows = [f"{'':<14}{'receipt is late':<18}receipt as usual"]
    for name in tests:
        cell = "passes" if late[name].passes else "FAILS"
        rows.append(f"{name:<14}{cell:<18}passes, ≈ {usual[name].seconds:.1f} s")
    output.check("testing/end_to_end/journey_dont.out", "\n".join(rows))


@pytest.mark.proves("few-journeys")
def test_a_journey_says_what_did_not_come(shop: Shop) -> None:
    """When no receipt comes, the failure has the last answer and the time."""

    def impatient(address: str) -> None:
        journey.discount_and_receipt(address, patience=0.2)

    os.kill(shop.worker, signal.SIGSTOP)
    try:
        with pytest.raises(AssertionError) as failed:
            impatient(shop.address)
    finally:
        os.kill(shop.worker, signal.SIGCONT)

    assert "None after 0.2 s, not 'Paid 14.99'" == str(failed.value)


@pytest.mark.proves("few-journeys")
def test_a_journey_can_be_made_again(shop: Shop) -> None:
    """Two journeys at once do not see each other: each has a code of its own."""
    runs: list[Run] = []

    def go() -> None:
        runs.append(run(journey.discount_and_receipt, shop.address))

    threads = [Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert [True, True] == [each.passes for each in runs]


@pytest.mark.proves("few-journeys")
def test_waiting_ends_with_the_state() -> None:
    """It asks until the state is there, once if it is there already, and no more."""
    answers = iter(["none", "some", "all", "more"])
    eventually(lambda: next(answers), "all")
    assert "more" == next(answers)
    eventually(lambda: "all", "all", seconds=0)

    with pytest.raises(AssertionError) as failed:
        eventually(lambda: "none", "all", seconds=0)
    assert "'none' after 0 s, not 'all'" == str(failed.value)


@pytest.mark.proves("few-journeys")
@pytest.mark.parametrize(
    ("module", "ready", "seconds", "told"),
    [
        ("tests.testing.receipts", "ready", 60, "KeyError: 'DATABASE_URL'"),
        ("tests.twelve_factor.listener", "never", 0, "^(running\n)?$"),
    ],
    ids=["ended", "late"],
)
def test_what_does_not_start_says_why(
    tmp_path: Path, module: str, ready: str, seconds: float, told: str
) -> None:
    """A process that ends, or is not ready in time, fails the test with what it wrote."""
    environment = {**os.environ}
    environment.pop("DATABASE_URL", None)
    log = tmp_path / "log"
    with (
        pytest.raises(RuntimeError, match=told),
        started(module, environment, ready, log, seconds),
    ):
        pass


@pytest.mark.proves("few-journeys")
def test_a_process_ends_with_its_test(tmp_path: Path) -> None:
    """Whatever happens in the test, the process is ended with SIGTERM, and gone."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    module = "tests.twelve_factor.listener"
    with ExitStack() as test:
        test.enter_context(pytest.raises(LookupError))
        running = started(module, environment, "running", tmp_path / "log")
        found, pid = test.enter_context(running)
        os.kill(pid, 0)
        raise LookupError

    assert "running" == found
    assert "told to stop" in (tmp_path / "log").read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
