"""Requests are repeated, doubled and killed, and what they did is counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from snippets.resilience.idempotency import check_first_dont, once, payments
from tests.databases import new_database
from tests.resilience.provider import Provider
from tests.services import Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handbook.outputs import Output

ONE_EACH = httpx.Limits(max_keepalive_connections=0)  # requests to a connection
TILL = "tests.resilience.till"
SNIPPETS = Path(__file__).parents[2] / "snippets"
CLEAN = "TRUNCATE idempotency_keys, orders, payments"
HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1);
    RETURN NEW;
END $$;
CREATE TRIGGER hold AFTER INSERT ON orders EXECUTE FUNCTION hold();
CREATE TRIGGER hold AFTER INSERT ON payments EXECUTE FUNCTION hold();
"""
GONE = "BEGIN; LOCK orders IN EXCLUSIVE MODE; COMMIT"
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event = %s
"""


class Books:
    """The tables that the services write, and a hand on them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 # the name is ours
        return int(self._ask(query))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold each transaction that has inserted an order or a payment."""
        self._ask("SELECT pg_advisory_lock(1)")
        try:
            yield
        finally:
            self._ask("SELECT pg_advisory_unlock(1)")

    def wait_for(self, event: str, number: int = 1) -> None:
        """Wait until so many transactions wait for something."""
        wait_until(lambda: self._ask(WAITING, event) >= number, event)

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._connection.execute(statement.encode())

    def close(self) -> None:
        """Let go."""
        self._connection.close()

    def _ask(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 # SQL has any
        [(value,)] = self._connection.execute(query.encode(), parameters).fetchall()
        return value


@pytest.fixture(scope="module")
def shared() -> Iterator[Books]:
    """Make the tables, and triggers that can hold a transaction."""
    schema = SNIPPETS / "resilience/idempotency/schema.sql"
    with new_database() as url:
        books = Books(url)
        books.run(schema.read_text(encoding="utf-8"))
        books.run(HOLD)
        yield books
        books.close()


@pytest.fixture
def books(shared: Books) -> Books:
    """Empty them."""
    shared.run(CLEAN)
    return shared


@pytest.fixture(scope="module")
def bank() -> Iterator[Provider]:
    """Start what charges."""
    with Provider() as server:
        yield server


@pytest.fixture
def provider(bank: Provider) -> Provider:
    """Let it forget."""
    bank.charged.clear()
    bank.asked, bank.mute, bank.refuses = 0, False, False
    return bank


@contextmanager
def started(
    module: str, books: Books, provider: Provider, fixture: str = ""
) -> Iterator[tuple[Service, httpx.Client]]:
    """Run a till in a process of its own; without a fixture the test has it."""
    with (
        Service(
            module,
            fixture and f"{__name__}.{fixture}",
            DATABASE_URL=books.url,
            PROVIDER=provider.address,
        ) as service,
        httpx.Client(base_url=service.address, limits=ONE_EACH, timeout=30) as client,
    ):
        yield service, client


@pytest.fixture(scope="module")
def till(shared: Books, bank: Provider) -> Iterator[httpx.Client]:
    """Start the till of the page."""
    with started(TILL, shared, bank, "till") as (_, client):
        yield client


@pytest.fixture(scope="module")
def draft(shared: Books, bank: Provider) -> Iterator[httpx.Client]:
    """Start the till that makes a key for each try."""
    with started(f"{TILL} draft", shared, bank, "draft") as (_, client):
        yield client


def order(
    till: httpx.Client, item: str = "tea", key: str = "8e03978e", client: str = "ada"
) -> httpx.Response:
    """Send an order."""
    headers = {"Idempotency-Key": key, "X-Client": client}
    return till.post("/orders", json={"item": item}, headers=headers)


def pay(
    till: httpx.Client, client: str = "ada", key: str = "8e03978e"
) -> httpx.Response:
    """Send a payment."""
    headers = {"Idempotency-Key": key, "X-Client": client}
    return till.post("/payments", json={"cents": 1999}, headers=headers)


def lose(
    module: str,
    books: Books,
    provider: Provider,
    send: Callable[[httpx.Client], httpx.Response],
) -> None:
    """Kill a till when it has done all but commit."""
    with (
        started(module, books, provider) as (service, client),
        ThreadPoolExecutor() as threads,
        books.held(),
    ):
        sent = threads.submit(send, client)
        books.wait_for("advisory")
        service.signal(SIGKILL)
        with pytest.raises(httpx.TransportError):
            sent.result()


@pytest.mark.proves("idempotency-key")
def test_a_repeat_has_the_same_answer(
    till: httpx.Client, books: Books, output: Output
) -> None:
    """The same request gives the same response, and there is one order."""
    answers = [order(till) for _ in range(2)]

    assert [201, 201] == [answer.status_code for answer in answers]
    assert answers[0].content == answers[1].content
    assert 1 == books.count("orders")
    rows = [f"{answer.status_code} {answer.text}" for answer in answers]
    rows.append(f"orders: {books.count('orders')}")
    output.check("resilience/idempotency/repeat.out", "\n".join(rows))


@pytest.mark.proves("idempotency-key")
def test_one_of_two_at_once_does_the_work(till: httpx.Client, books: Books) -> None:
    """Of two requests at once the second waits, and has the first one's response."""
    with ThreadPoolExecutor() as threads:
        with books.held():
            first = threads.submit(order, till)
            books.wait_for("advisory")
            second = threads.submit(order, till)
            books.wait_for("transactionid")
        answers = first.result(), second.result()

    assert [201, 201] == [answer.status_code for answer in answers]
    assert answers[0].content == answers[1].content
    assert 1 == books.count("orders")


@pytest.mark.proves("idempotency-key")
def test_nobody_waits_for_ever(
    books: Books, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """Whoever has waited long enough is told that the first request still runs."""
    assert "5s" == once.PATIENCE
    monkeypatch.setattr(once, "PATIENCE", "10ms")

    def look_again() -> dict[str, Any]:
        with psycopg.connect(books.url) as other:
            return once.once(other, "ada", "8e03978e", b"POST /", dict)

    with (
        pytest.raises(once.StillRunningError) as refused,
        psycopg.connect(books.url) as connection,
    ):
        once.once(connection, "ada", "8e03978e", b"POST /", look_again)

    assert 409 == refused.value.status
    assert 0 == books.count("idempotency_keys")
    row = f"{refused.value.status} {refused.value}"
    output.check("resilience/idempotency/running.out", row)


@pytest.mark.proves("idempotency-key")
def test_a_key_names_one_request(
    till: httpx.Client, books: Books, output: Output
) -> None:
    """The same key with another body is refused, as problem details."""
    order(till)
    answer = order(till, item="coffee")

    assert 422 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert "https://errors.example.com/idempotency-key-reused" == answer.json()["type"]
    assert 1 == books.count("orders")
    told = f"{answer.status_code} {answer.json()['type']}"
    output.check("resilience/idempotency/reused.out", told)


@pytest.mark.proves("idempotency-key")
def test_what_was_sent_is_compared(till: httpx.Client, books: Books) -> None:
    """A field that the order does not know, and another path, are other requests."""
    headers = {"Idempotency-Key": "8e03978e", "X-Client": "ada"}
    headers["Content-Type"] = "application/json"
    body = b'{"item": "tea", "cents": 1}'

    def send(path: str, body: bytes) -> int:
        return till.post(path, content=body, headers=headers).status_code

    assert [201, 201] == [send("/orders", body) for _ in "ab"]
    assert 422 == send("/orders", b'{"item": "tea", "cents": 2}')
    assert 422 == send("/payments", body)
    assert 1 == books.count("orders")
    assert 0 == books.count("payments")


@pytest.mark.proves("idempotency-key")
def test_a_key_belongs_to_its_client(till: httpx.Client, books: Books) -> None:
    """Two clients with the same key have an order each, and neither sees the other's."""
    ours, theirs = order(till), order(till, client="bob")

    assert ours.json()["order_id"] != theirs.json()["order_id"]
    assert 2 == books.count("orders")


@pytest.mark.proves("idempotency-key")
def test_a_key_is_required(till: httpx.Client, books: Books) -> None:
    """A request without a key is refused, and does nothing."""
    answer = till.post("/orders", json={"item": "tea"}, headers={"X-Client": "ada"})

    assert 422 == answer.status_code
    assert "#/Idempotency-Key" == answer.json()["errors"][0]["pointer"]
    assert 422 == order(till, key="k" * 256).status_code
    assert 0 == books.count("orders")


@pytest.mark.proves("idempotency-key")
def test_a_kill_leaves_nothing_half_done(
    till: httpx.Client, books: Books, provider: Provider
) -> None:
    """Killed with the order inserted and not committed, a till leaves no order, no key."""
    lose(TILL, books, provider, order)
    books.run(GONE)  # waits until the killed transaction is
    left = books.count("orders"), books.count("idempotency_keys")
    repeat = order(till)

    assert (0, 0) == left
    assert 201 == repeat.status_code
    assert 1 == books.count("orders")


@pytest.mark.proves("idempotency-key")
def test_the_database_refuses_a_second_key(database: str) -> None:
    """No code can store a client's key twice: the table refuses it."""
    schema = SNIPPETS / "resilience/idempotency/schema.sql"
    insert = "INSERT INTO idempotency_keys VALUES ('ada', '8e03978e', 'a hash', '{}')"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(schema.read_text(encoding="utf-8").encode())
        connection.execute(insert)

        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert)


@pytest.mark.proves("idempotency-key")
def test_without_a_transaction_nothing_is_done(books: Books) -> None:
    """A connection that commits by itself is refused, and one in a block is not."""

    def patience() -> dict[str, Any]:
        found = connection.execute("SHOW lock_timeout").fetchone()
        return {"lock_timeout": found and found[0]}

    with psycopg.connect(books.url, autocommit=True) as connection:
        with pytest.raises(RuntimeError, match="needs a transaction"):
            once.once(connection, "ada", "8e03978e", b"POST /", patience)
        with connection.transaction():
            done = once.once(connection, "ada", "8e03978e", b"POST /", patience)

    assert {"lock_timeout": "0"} == done  # the work has its own


@pytest.mark.proves("idempotency-key")
def test_a_failure_is_not_kept(books: Books) -> None:
    """When the work fails nothing is stored, and the next try works."""
    tries = 0

    def work() -> dict[str, Any]:
        nonlocal tries
        tries += 1
        return {"share": 1 // (tries - 1)}

    def send() -> dict[str, Any]:
        with psycopg.connect(books.url) as connection:
            return once.once(connection, "ada", "8e03978e", b"POST /", work)

    with pytest.raises(ZeroDivisionError):
        send()

    assert 0 == books.count("idempotency_keys")
    assert {"share": 1} == send()


@pytest.mark.proves("idempotency-key")
def test_a_forgotten_key_is_a_new_one(till: httpx.Client, books: Books) -> None:
    """After its key has been deleted, a late repeat is an order of its own."""
    order(till)
    order(till, key="young")
    books.run(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'"
        " WHERE key <> 'young'"
    )
    with psycopg.connect(books.url) as connection:
        once.forget(connection, timedelta(hours=24))
    left = books.count("idempotency_keys")
    order(till)

    assert 1 == left
    assert 3 == books.count("orders")


@pytest.mark.harm("idempotency-key")
def test_both_look_and_neither_finds(books: Books, output: Output) -> None:
    """Of two requests at once neither finds the key, and there are two orders."""

    def send() -> dict[str, Any]:
        with psycopg.connect(books.url) as connection:

            def insert() -> dict[str, Any]:
                statement = "INSERT INTO orders (client, item) VALUES ('ada', 'tea')"
                return {"inserted": connection.execute(statement).rowcount}

            return check_first_dont.once(
                connection, "ada", "8e03978e", b"POST /", insert
            )

    with ThreadPoolExecutor() as threads:
        with books.held():
            sent = [threads.submit(send) for _ in range(2)]
            books.wait_for("advisory", 2)
        answers = [each.result() for each in sent]
    late = send()
    rows = [
        f"{table:<16} {books.count(table)}" for table in ("orders", "idempotency_keys")
    ]

    assert [{"inserted": 1}] * 3 == [*answers, late]
    assert 2 == books.count("orders")
    assert 1 == books.count("idempotency_keys")
    with psycopg.connect(books.url) as connection, pytest.raises(once.KeyReusedError):
        check_first_dont.once(connection, "ada", "8e03978e", b"POST /other", dict)
    output.check("resilience/idempotency/check_first_dont.out", "\n".join(rows))


@pytest.mark.proves("pass-key-downstream")
def test_a_charge_survives_a_kill(
    till: httpx.Client, books: Books, provider: Provider, output: Output
) -> None:
    """Killed between the charge and the commit, a repeat is charged once."""
    lose(TILL, books, provider, pay)
    repeat = pay(till)

    assert 201 == repeat.status_code
    assert 2 == provider.asked
    assert 1 == len(provider.charged)
    assert 1 == books.count("payments")
    output.check("resilience/idempotency/charged.out", told(books, provider))


@pytest.mark.proves("pass-key-downstream")
def test_an_answer_that_is_lost_charges_once(
    till: httpx.Client, books: Books, provider: Provider
) -> None:
    """When the provider charges and does not answer, the next try has that charge."""
    provider.mute = True
    lost = pay(till)
    provider.mute = False
    repeat = pay(till)

    assert [500, 201] == [lost.status_code, repeat.status_code]
    assert ["ch_1"] == [charge["charge"] for charge in provider.charged.values()]
    assert 1 == books.count("payments")


@pytest.mark.proves("pass-key-downstream")
def test_a_refusal_is_no_payment(
    till: httpx.Client, books: Books, provider: Provider
) -> None:
    """When the provider refuses, there is no payment, and no key that holds one."""
    provider.refuses = True
    refused = pay(till)

    assert 500 == refused.status_code
    assert (0, 0) == (books.count("payments"), books.count("idempotency_keys"))


@pytest.mark.proves("pass-key-downstream")
def test_each_step_has_a_key_of_its_own() -> None:
    """The steps of one request, its clients and its keys are told apart."""
    names = [("ada", "1", "charge"), ("ada", "1", "refund"), ("ada1", "", "charge")]

    assert 3 == len({payments.key_for(*name) for name in names})


@pytest.mark.proves("pass-key-downstream")
def test_requests_do_not_share_a_charge(
    till: httpx.Client, books: Books, provider: Provider
) -> None:
    """Two clients with the same key, and two keys of one client, are charged each."""
    pay(till)
    pay(till, client="bob")
    pay(till, key="another")

    assert 3 == len(provider.charged)
    assert 3 == books.count("payments")


@pytest.mark.harm("pass-key-downstream")
def test_a_fresh_key_charges_twice(
    draft: httpx.Client, books: Books, provider: Provider, output: Output
) -> None:
    """With a key for each try, the same kill charges the client twice."""
    lose(f"{TILL} draft", books, provider, pay)
    repeat = pay(draft)

    assert 201 == repeat.status_code
    assert 2 == provider.asked
    assert 2 == len(provider.charged)
    assert 1 == books.count("payments")
    output.check("resilience/idempotency/fresh_key_dont.out", told(books, provider))


def told(books: Books, provider: Provider) -> str:
    """Say what the provider did, and what we know of it."""
    cents = sum(int(str(charge["cents"])) for charge in provider.charged.values())
    rows = [
        f"asked by us     {provider.asked}",
        f"charged         {len(provider.charged)} ({cents / 100:.2f})",
        f"in our books    {books.count('payments')}",
    ]
    return "\n".join(rows)
