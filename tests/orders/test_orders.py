"""The reference service runs as a process, with a real database and a real provider."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from snippets.delivery.feature_flags.expiry import faults
from snippets.orders.app import LIMIT
from snippets.orders.settings import Settings
from snippets.orders.store import LEASE
from snippets.resilience.graceful_shutdown.serving import DRAIN
from snippets.resilience.idempotency.payments import key_for
from snippets.twelve_factor.beyond_the_twelve.strangers import open_doors
from tests.orders.bank import Bank
from tests.orders.shop import (
    ADA,
    BOB,
    TEA,
    Books,
    client_of,
    environment,
    kept_books,
    metric,
    open_shop,
    order,
    run,
    settle,
)
from tests.otlp import Collector
from tests.services import Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

INTENT = "commit-intent-first"
ORDER = "composition-order"
PROBLEM = "application/problem+json"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
FLAGS = Path(__file__).parents[2] / "snippets/orders/flags.json"


@pytest.fixture(scope="module")
def shared() -> Iterator[Books]:
    """Make the database."""
    with kept_books() as books:
        yield books


@pytest.fixture(scope="module")
def provider() -> Iterator[Bank]:
    """Start the provider."""
    with Bank() as bank:
        yield bank


@pytest.fixture(scope="module")
def running(shared: Books, provider: Bank) -> Iterator[tuple[Service, httpx.Client]]:
    """Start the service that tests share; none of them opens its circuit."""
    with open_shop(shared, provider, f"{__name__}.running") as started:
        yield started


@pytest.fixture
def books(shared: Books) -> Books:
    """Empty them."""
    shared.empty()
    return shared


@pytest.fixture
def bank(provider: Bank) -> Bank:
    """Let it forget."""
    provider.reset()
    return provider


@pytest.fixture
def shop(
    running: tuple[Service, httpx.Client], books: Books, bank: Bank
) -> httpx.Client:
    """Give the shared service, with nothing in its books."""
    assert ([], 0) == (books.payments(), bank.asked)
    return running[1]


@pytest.mark.proves(INTENT)
def test_an_order_is_charged_and_kept(shop: httpx.Client, bank: Bank) -> None:
    """An order is charged under a key made from its client's, and can be read."""
    placed = order(shop)
    found = shop.get(f"/orders/{placed.json()['order_id']}")

    assert 201 == placed.status_code
    assert {**TEA, "payment": "charged"} == {
        name: value for name, value in placed.json().items() if name != "order_id"
    }
    assert placed.json() == found.json()
    assert [key_for("ada", "8e03978e", "charge")] == bank.keys


@pytest.mark.proves(INTENT)
def test_a_repeat_is_the_same_order(
    shop: httpx.Client, books: Books, bank: Bank
) -> None:
    """A repeat has the same answer and asks the provider nothing; another body is 422."""
    answers = [order(shop) for _ in range(3)]
    other = order(shop, cents=1)

    assert 1 == len({answer.content for answer in answers})
    assert (422, PROBLEM) == (other.status_code, other.headers["content-type"])
    assert (["charged"], 1) == (books.payments(), bank.asked)
    assert 0 == books.one("SELECT count(*) FROM outbox")


@pytest.mark.proves(INTENT)
def test_of_two_at_once_one_is_charged(
    shop: httpx.Client, books: Books, bank: Bank
) -> None:
    """A repeat that comes while the first is charged waits for nobody, and charges nothing."""
    bank.gate.clear()
    with ThreadPoolExecutor() as threads:
        first = threads.submit(order, shop)
        wait_until(lambda: bank.asked)
        second = order(shop)
        bank.gate.set()
        answers = [first.result(timeout=30), second]

    assert ["charged", "pending"] == [each.json()["payment"] for each in answers]
    assert 1 == len({each.json()["order_id"] for each in answers})
    assert (1, 1) == (bank.asked, len(books.payments()))


@pytest.mark.proves(INTENT)
def test_no_connection_is_held_while_the_provider_thinks(
    shop: httpx.Client, books: Books, bank: Bank
) -> None:
    """With ten charges under way the database has no open transaction."""
    bank.gate.clear()
    keys = [f"key-{number}" for number in range(10)]
    with ThreadPoolExecutor(10) as threads:
        sent = [threads.submit(order, shop, key) for key in keys]
        wait_until(lambda: bank.asked == 10)
        open_ones = books.one(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'"
            " AND datname = current_database()"
        )
        bank.gate.set()
        answers = [each.result(timeout=30) for each in sent]

    assert 0 == open_ones
    assert {"charged"} == {each.json()["payment"] for each in answers}


@pytest.mark.proves(INTENT)
def test_a_charge_survives_a_kill(books: Books, bank: Bank) -> None:
    """Killed between the charge and the commit, the order is charged once, by the settlement."""
    with open_shop(books, bank) as (service, client), ThreadPoolExecutor() as threads:
        bank.gate.clear()
        sent = threads.submit(order, client)
        wait_until(lambda: bank.asked)
        with psycopg.connect(books.url) as other:
            other.execute("SELECT FROM orders FOR UPDATE")
            bank.gate.set()
            wait_until(
                lambda: books.one(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND query LIKE '%charged%'"
                    " AND datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            service.signal(signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                sent.result(timeout=30)
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
    with open_shop(books, bank) as (_, client):
        repeat = order(client)
    early, asked = settle(books, bank), bank.asked
    books.run("UPDATE outbox SET due_at = now()")  # the lease is over
    late = settle(books, bank)

    assert (201, "pending") == (repeat.status_code, repeat.json()["payment"])
    assert (0, 0) == (early[0], late[0])
    assert (1, 2, 1) == (asked, bank.asked, len(bank.charged))
    assert ["charged"] == books.payments()


@pytest.mark.proves(INTENT)
def test_a_refusal_is_the_answer_for_ever(
    shop: httpx.Client, books: Books, bank: Bank
) -> None:
    """A declined payment is a 402, and a repeat has it without another question."""
    bank.next = [402]
    answers = [order(shop), order(shop)]

    assert [402, 402] == [answer.status_code for answer in answers]
    assert answers[0].json()["type"].endswith("/payment-declined")
    assert (["declined"], 1) == (books.payments(), bank.asked)
    assert 0 == books.one("SELECT count(*) FROM outbox")


@pytest.mark.proves(INTENT)
def test_a_refusal_of_a_late_charge_is_kept(
    books: Books, bank: Bank, tmp_path: Path
) -> None:
    """When a pending order is declined later, a repeat learns of it as a 402."""
    flags = tmp_path / "flags.json"
    held_for_ada = {"hold-payments": {"percent": 0, "users": ["ada"]}}
    flags.write_text(json.dumps({"flags": held_for_ada}), encoding="utf-8")
    with open_shop(books, bank, FLAGS=str(flags)) as (_, client):
        held = order(client)
        before = bank.asked
        bank.next = [402]
        code, told = settle(books, bank)
        repeat = order(client)

    assert ("pending", 0) == (held.json()["payment"], before)
    assert 0 == code, told
    assert (402, ["declined"]) == (repeat.status_code, books.payments())


@pytest.mark.proves(ORDER)
def test_a_bad_moment_is_tried_again(shop: httpx.Client, bank: Bank) -> None:
    """A 503 and a lost connection are tried again, with the same key."""
    before = metric(shop, 'order_answers_total{quality="fresh"}')
    bank.next = [503]
    answer = order(shop)
    after = metric(shop, 'order_answers_total{quality="fresh"}')

    assert (201, "charged") == (answer.status_code, answer.json()["payment"])
    assert (2, 1) == (bank.asked, len(set(bank.keys)))
    assert 1 == after - before


@pytest.mark.proves(ORDER)
def test_an_outage_is_answered_and_settled(books: Books, bank: Bank) -> None:
    """Ten orders are taken in an outage with five calls, and each is charged once later."""
    fallback = 'order_answers_total{quality="fallback"}'
    bank.status = 503
    with open_shop(books, bank) as (_, client):
        before = metric(client, fallback)
        answers = [order(client, f"key-{number}") for number in range(10)]
        asked = bank.asked
        after = metric(client, fallback)
        is_open = metric(client, "payments_circuit_open")
        still_out = settle(books, bank)
        tried = bank.asked - asked
        bank.status = 200
        books.run("UPDATE outbox SET due_at = now()")
        healed = settle(books, bank)

    assert {(201, "pending")} == {
        (each.status_code, each.json()["payment"]) for each in answers
    }
    assert (5, 5) == (asked, tried)
    assert (0.0, 10.0, 1.0) == (before, after, is_open)
    assert (0, 0) == (still_out[0], healed[0])
    assert ["charged"] * 10 == books.payments()
    assert 10 == len(bank.charged)
    assert 0 == books.one("SELECT count(*) FROM outbox")


@pytest.mark.proves(ORDER)
def test_our_own_fault_is_no_outage(
    shop: httpx.Client, books: Books, bank: Bank
) -> None:
    """A 400 of the provider is our bug: it is a 500, and no fallback hides it."""
    before = metric(shop, 'order_answers_total{quality="fallback"}')
    bank.next = [400]
    answer = order(shop)
    after = metric(shop, 'order_answers_total{quality="fallback"}')

    assert (500, PROBLEM) == (answer.status_code, answer.headers["content-type"])
    assert (1, before) == (bank.asked, after)
    assert 1 == books.one("SELECT count(*) FROM outbox")  # and it is not lost


@pytest.mark.proves(ORDER)
def test_an_impatient_client_is_told_in_time(
    shop: httpx.Client, books: Books, bank: Bank
) -> None:
    """Where no whole try fits into the deadline none begins, and the order is pending."""
    answer = order(shop, headers={"x-envoy-expected-rq-timeout-ms": "1500"})

    assert (201, "pending") == (answer.status_code, answer.json()["payment"])
    assert 0 == bank.asked
    assert 1 == books.one("SELECT count(*) FROM outbox WHERE due_at <= now()")


@pytest.mark.proves(ORDER)
def test_the_outer_parts_stand_in_their_order(shop: httpx.Client) -> None:
    """Who comes too late is told so before a token is asked for; that and a 401 are counted."""
    with httpx.Client(base_url=shop.base_url) as stranger:
        late = stranger.get(
            "/orders/1", headers={"x-envoy-expected-rq-timeout-ms": "0"}
        )
        in_time = stranger.get("/orders/1")
    counted = re.findall(
        r'^http_requests_total\{.*"unmatched".*status="(\d+)"',
        shop.get("/metrics").text,
        re.MULTILINE,
    )

    assert (504, 401) == (late.status_code, in_time.status_code)
    assert {"504", "401"} <= {*counted}


def test_strangers_get_nothing(shop: httpx.Client) -> None:
    """Without a token every route is a 401, one that does not exist too."""
    address = str(shop.base_url)
    public = {"/health", "/ready", "/metrics", "/openapi.json"}
    with (
        client_of(address, ADA[:-1] + "?") as wrong,
        httpx.Client(base_url=address) as stranger,
    ):
        doors = [*open_doors(stranger, shop.get("/openapi.json").json())]
        answers = [wrong.get("/orders/1"), stranger.get("/nothing")]
        answers.append(stranger.post("/orders", json=TEA))
        found = {stranger.get(path).status_code for path in public}

    assert [401, 401, 401] == [answer.status_code for answer in answers]
    assert {PROBLEM} == {answer.headers["content-type"] for answer in answers}
    assert {"Bearer"} == {answer.headers["www-authenticate"] for answer in answers}
    assert {"/ready", "/openapi.json"} == {door.split()[1] for door in doors}
    assert {200} == found


def test_an_order_is_its_clients_own(shop: httpx.Client) -> None:
    """Another client's order is a 404, as one that never was."""
    mine = order(shop).json()["order_id"]
    with client_of(str(shop.base_url), BOB) as bob:
        answers = [bob.get(f"/orders/{which}") for which in (mine, uuid.uuid4())]
        same_key = order(bob)

    assert [404, 404] == [answer.status_code for answer in answers]
    assert 200 == shop.get(f"/orders/{mine}").status_code
    assert 201 == same_key.status_code  # by chance he chose the same


def test_the_trace_goes_on_to_the_provider(books: Books, bank: Bank) -> None:
    """The provider gets the trace of the client, and so do the log and the problem."""
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    with Collector() as collector:
        there = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with open_shop(books, bank, OTEL_SDK_DISABLED="false", **there) as (
            service,
            client,
        ):
            bank.next = [503]
            order(client, headers=headers)
            bank.next = [402]
            refused = order(client, "another", headers=headers)
            lines = service.stop()

    assert {TRACE} == {each.split("-")[1] for each in bank.traces}
    assert 3 == len({each.split("-")[2] for each in bank.traces})
    assert TRACE == refused.json()["trace_id"]
    asked = [line for line in lines if "HTTP Request" in line["event"]]
    assert {TRACE} == {line["trace_id"] for line in asked}
    assert {TRACE} == {span.trace for span in collector.spans}
    assert {"orders"} == {span.service for span in collector.spans}
    assert "POST /orders" in {span.name for span in collector.spans}


def test_no_secret_is_logged(books: Books, bank: Bank) -> None:
    """Neither a token nor the database's address is in the log, whatever happens."""
    with open_shop(books, bank) as (service, client):
        order(client)
        with client_of(service.address, "a-token-that-nobody-has") as stranger:
            stranger.get("/orders/1")
        bank.next = [400]
        order(client, "another")
        service.end()

    secrets = (ADA, BOB, "a-token-that-nobody-has", books.url)
    assert "Traceback" in service.output or '"exception"' in service.output
    assert [] == [secret for secret in secrets if secret in service.output]


def test_what_was_accepted_is_answered(books: Books, bank: Bank) -> None:
    """After SIGTERM the order under way is charged and answered, and the exit is 0."""
    assert LIMIT < DRAIN
    assert LEASE.total_seconds() > LIMIT
    with open_shop(books, bank) as (service, client), ThreadPoolExecutor() as threads:
        bank.gate.clear()
        sent = threads.submit(order, client)
        wait_until(lambda: bank.asked)
        service.signal(signal.SIGTERM)
        service.wait_for("Shutting down")
        bank.gate.set()
        answer = sent.result(timeout=30)
        code = service.exit_code(30)

    assert (201, "charged", 0) == (answer.status_code, answer.json()["payment"], code)
    assert ["charged"] == books.payments()


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("snippets.orders", ["DATABASE_URL", "PAYMENTS", "CLIENTS", "PORT"]),
        ("snippets.orders.settle", ["DATABASE_URL", "PAYMENTS"]),
    ],
)
def test_a_bad_configuration_is_named(module: str, names: list[str]) -> None:
    """Each bad variable has a line, without its value, and the exit code is 78."""
    bad = {**dict.fromkeys(names, "hunter2"), "CLIENTS": '{"hunter2": "ada"}'}
    code, told = run(module, bad)

    assert 78 == code
    assert names == [line.partition(":")[0] for line in told.splitlines()]
    assert "hunter2" not in told


def test_an_empty_database_url_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """What PostgreSQL's client would fill up with its defaults is refused."""
    for name, value in environment("", "http://bank").items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ValueError, match="not the address of a PostgreSQL"):
        Settings()  # type: ignore[call-arg] # they are variables


def test_it_starts_without_its_database(bank: Bank, tmp_path: Path) -> None:
    """It lives, is ready from its first connection on, and refuses what it cannot do."""
    door = tmp_path / ".s.PGSQL.5432"
    with kept_books() as books:
        socket = Path(books.connection.info.host, door.name)
        name = books.connection.info.dbname
        user = books.connection.info.user
        away = f"postgresql:///{name}?user={user}&host={tmp_path}"
        variables = environment(away, bank.address)
        with (
            Service("snippets.orders", "", **variables) as service,
            client_of(service.address) as client,
        ):
            unready = (
                client.get("/ready").status_code,
                client.get("/health").status_code,
            )
            refused = order(client)
            door.symlink_to(socket)
            wait_until(lambda: client.get("/ready").status_code == 200, "ready")
            placed = order(client)
            door.unlink()
            books.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            again = order(client, "another")
            ready = client.get("/ready").status_code

    assert (503, 200) == unready
    assert (503, PROBLEM) == (refused.status_code, refused.headers["content-type"])
    assert "2" == refused.headers["retry-after"]
    assert 201 == placed.status_code
    assert (503, 200) == (again.status_code, ready)


def test_its_description_is_true(
    shop: httpx.Client, books: Books, tmp_path: Path
) -> None:
    """Asked all that its OpenAPI allows and forbids, it answers as that says, and never 5xx.

    One check is left out: a valid body is refused when its key came with another.
    """
    tool = Path(sys.executable).with_name("schemathesis")
    asked = subprocess.run(
        [
            *(tool, "run", f"{shop.base_url}/openapi.json"),
            *("--header", f"Authorization: Bearer {ADA}"),
            *("--exclude-checks", "positive_data_acceptance"),
            *("--seed", "1", "--max-examples", "20", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    generated = re.search(r"(\d+) generated", asked.stdout)

    assert 0 == asked.returncode, asked.stdout
    assert "Tested: 4\n" in asked.stdout
    assert generated
    assert int(generated[1]) > 100
    assert len(books.payments()) > 5


def test_no_flag_is_over() -> None:
    """Each flag of the service has a type, an owner and a last day to come."""
    config = json.loads(FLAGS.read_text(encoding="utf-8"))

    assert [] == [*faults(config, datetime.now(UTC).date())]
    assert ["hold-payments"] == [*config["flags"]]
