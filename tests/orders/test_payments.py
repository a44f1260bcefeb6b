"""The parts that guard a call, in the right order and in two others."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

import circuitbreaker
import httpx
import psycopg_pool
import pytest
from circuitbreaker import CircuitBreakerError

from snippets.orders import payments as module
from snippets.orders.breaker_dont import BreakerOutside
from snippets.orders.deadline_dont import DeadlineCuts
from snippets.orders.models import NewOrder
from snippets.orders.payments import Payments, is_trouble
from snippets.orders.placing import Placing
from snippets.orders.store import Store
from snippets.orders.transaction_dont import place
from snippets.resilience.retries import retrying
from snippets.resilience.timeouts import deadline
from tests.orders.bank import Bank
from tests.orders.shop import Books, kept_books
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

ORDER = "composition-order"
INTENT = "commit-intent-first"
TROUBLE = (TimeoutError, CircuitBreakerError, httpx.HTTPError)
TEA = NewOrder(item="tea", cents=1999)


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """Start the provider; nobody pauses before a retry, and a clock stands."""
    monkeypatch.setattr(retrying, "full_jitter", lambda _failed: 0)
    with Bank() as bank:
        yield bank


@pytest.fixture
def books() -> Iterator[Books]:
    """Make a database."""
    with kept_books() as books:
        yield books


async def charge_all(
    payments: Payments, orders: int, seconds: float | None = None
) -> list[str]:
    """Charge one order after the other, and name what happens."""
    happened = []
    async with payments.client:
        for number in range(orders):
            if seconds is not None:
                deadline._ends.set(monotonic() + seconds)  # noqa: SLF001 # as Deadline does
            try:
                happened.append(await payments.charge(f"key-{number}", 1))
            except TROUBLE as error:
                happened.append(type(error).__name__)
    return happened


def arrived(bank: Bank, payments: Payments, seconds: float | None = None) -> int:
    """Count what arrives of twenty orders."""
    before = bank.asked
    asyncio.run(charge_all(payments, 20, seconds))
    return bank.asked - before


@pytest.mark.proves(ORDER)
def test_the_breaker_counts_tries(bank: Bank) -> None:
    """In an outage five tries arrive, and whoever is refused by the circuit does not wait."""
    bank.status = 503
    payments = Payments(bank.address)
    happened = asyncio.run(charge_all(payments, 20))

    assert ["HTTPStatusError", *["CircuitBreakerError"] * 19] == happened
    assert 5 == bank.asked
    assert payments.circuit.opened


@pytest.mark.proves(ORDER)
def test_a_half_open_circuit_sends_one_try(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 30 seconds one try decides, without a retry."""
    bank.status = 503
    now = monotonic()
    monkeypatch.setattr(circuitbreaker, "monotonic", lambda: now)
    payments = Payments(bank.address)
    asyncio.run(charge_all(payments, 2))
    now += 30
    payments.client = httpx.AsyncClient(base_url=bank.address)
    happened = asyncio.run(charge_all(payments, 1))

    assert ["CircuitBreakerError"] == happened
    assert 6 == bank.asked


@pytest.mark.proves(ORDER)
def test_a_try_begins_only_if_it_fits(bank: Bank) -> None:
    """A caller without the time for a try and its commit sends none, and does not touch the circuit."""
    bank.hangs = True
    payments = Payments(bank.address)
    happened = asyncio.run(charge_all(payments, 3, seconds=2.4))

    assert ["TimeoutError"] * 3 == happened
    assert (0, 0) == (bank.asked, payments.circuit.failure_count)


@pytest.mark.proves(ORDER)
def test_a_pause_must_fit_too(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a pause and a try do not fit into what is left, nobody pauses."""
    monkeypatch.setattr(retrying, "full_jitter", lambda _failed: 5)
    bank.status = 503
    begun = monotonic()
    happened = asyncio.run(charge_all(Payments(bank.address), 1, seconds=4))

    assert (["TimeoutError"], 1) == (happened, bank.asked)
    assert monotonic() - begun < 4


@pytest.mark.proves(ORDER)
def test_a_provider_that_hangs_opens_the_circuit(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five tries that run out open the circuit, within the deadline of each order."""
    assert 2.0 == retrying.LIMIT  # shorter here, to save the wait
    monkeypatch.setattr(retrying, "LIMIT", 0.25)
    bank.hangs = True
    happened = asyncio.run(charge_all(Payments(bank.address), 3, seconds=9))

    assert ["ReadTimeout", "CircuitBreakerError", "CircuitBreakerError"] == happened
    wait_until(lambda: bank.asked == 5)


@pytest.mark.proves(ORDER)
@pytest.mark.parametrize("status", [402, 400, 429])
def test_an_answer_is_no_outage(bank: Bank, status: int) -> None:
    """Neither a declined card nor our own fault opens the circuit; a 429 may pass."""
    bank.status = status
    payments = Payments(bank.address)

    async def ask() -> Exception:
        async with payments.client:
            for _ in range(5):
                with suppress(httpx.HTTPError, module.PaymentDeclinedError):
                    await payments.charge("key", 1)
            with pytest.raises(Exception, match=r"40|42|cents") as refused:
                await payments.charge("key", 1)
        return refused.value

    told = asyncio.run(ask())

    assert payments.circuit.closed
    assert (status == 429) == is_trouble(told)
    assert (status == 402) == isinstance(told, module.PaymentDeclinedError)


@pytest.mark.harm(ORDER)
def test_a_breaker_around_the_retries_opens_late(bank: Bank, output: Output) -> None:
    """Around the retries the breaker lets three times as many calls through."""
    bank.status = 503
    around = arrived(bank, BreakerOutside(bank.address))
    within = arrived(bank, Payments(bank.address))
    bank.status = 200
    well = asyncio.run(charge_all(BreakerOutside(bank.address), 1))
    rows = ["20 orders in an outage        calls that arrive"]
    rows += [f"{'breaker around the retries':<30}{around}"]
    rows += [f"{'breaker within them':<30}{within}"]

    assert (15, 5, ["ch_1"]) == (around, within, well)
    output.check("orders/breaker_dont.out", "\n".join(rows))


@pytest.mark.harm(ORDER)
def test_a_deadline_around_the_breaker_keeps_it_closed(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """A try that the deadline cuts counts as a success, and sets the failures back to none."""
    rows = ["the provider hangs              arrive  failures counted"]
    counted = []
    well = asyncio.run(charge_all(DeadlineCuts(bank.address), 1))
    cutting = DeadlineCuts(bank.address)
    bank.hangs = True
    for name, orders, seconds in (
        ("4 tries run out", 4, 2),
        ("1 is cut by its deadline", 1, 0.25),
        ("5 more are cut", 5, 0.25),
    ):
        monkeypatch.setattr(retrying, "LIMIT", 0.25 if orders == 4 else 30)
        before = bank.asked
        cutting.client = httpx.AsyncClient(base_url=bank.address)
        asyncio.run(charge_all(cutting, orders, seconds))
        wait_until(lambda: bank.asked == before + orders)  # noqa: B023 # now
        counted.append((bank.asked - before, cutting.circuit.failure_count))
        rows.append(f"{name:<32}{counted[-1][0]:>6}{counted[-1][1]:>18}")

    assert ["ch_1"] == well
    assert [(4, 4), (1, 0), (5, 0)] == counted
    assert cutting.circuit.closed
    output.check("orders/deadline_dont.out", "\n".join(rows))


@pytest.mark.harm(INTENT)
def test_a_charge_in_a_transaction_takes_every_connection(
    bank: Bank, books: Books, output: Output
) -> None:
    """While the provider thinks, four charges hold all connections, and a read fails."""
    store = Store(books.url)
    bank.gate.clear()
    rows = ["10 charges under way    connections held    a read"]
    found = []
    with (
        store.pool,
        httpx.Client(base_url=bank.address, timeout=30) as client,
        ThreadPoolExecutor(10) as threads,
    ):
        store.pool.wait(timeout=30)

        def read() -> str:
            try:
                store.find("ada", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736")
            except psycopg_pool.PoolTimeout as error:
                return type(error).__name__
            return "answers"

        def held() -> int:
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'"
                " AND datname = current_database()"
            )
            return int(books.one(query))

        def keep_first(key: str) -> None:
            placing = Placing(store, Payments(bank.address))
            asyncio.run(placing.place("ada", key, b"", TEA))

        sent = [threads.submit(keep_first, f"first-{n}") for n in range(10)]
        wait_until(lambda: bank.asked == 10)
        found.append((held(), read()))
        bank.gate.set()
        for each in sent:
            each.result(timeout=30)
        bank.gate.clear()

        def hold(key: str) -> None:
            with suppress(psycopg_pool.PoolTimeout):
                place(store, client, "ada", key, TEA)

        sent = [threads.submit(hold, f"held-{n}") for n in range(10)]
        wait_until(lambda: bank.asked == 14)
        found.append((held(), read()))
        bank.gate.set()
        for each in sent:
            each.result(timeout=30)
    for name, (count, told) in zip(
        ("intent first", "in a transaction"), found, strict=True
    ):
        rows.append(f"{name:<24}{count:<20}{told}")

    assert [(0, "answers"), (4, "PoolTimeout")] == found
    output.check("orders/transaction_dont.out", "\n".join(rows))
