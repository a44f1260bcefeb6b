"""Messages outlive the processes that send and take them; some are killed."""

from __future__ import annotations

import os
from http import HTTPStatus
from math import ceil
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from psycopg import Connection

from snippets.resilience.queues import (
    blocked_dont,
    consumer_dont,
    outbox_dont,
    shipping,
    shipping_dont,
)
from snippets.resilience.queues.consumer import (
    TRIES,
    put_back,
    waiting,
    work,
    work_once,
)
from snippets.resilience.queues.outbox import place_order
from tests.forks import start
from tests.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from handbook.outputs import Output
    from tests.loopback import Request

SNIPPETS = Path(__file__).parents[2] / "snippets"


class Carrier(Loopback):
    """A carrier that books one parcel for each idempotency key.

    Attributes:
        parcels: The keys it has booked a parcel for.
        messages: How many messages it has got, if it is asked to be a broker.
        status: What it answers; it books only with a 204.
    """

    def __init__(self) -> None:
        self.parcels: set[str] = set()
        self.messages = 0
        self.status = 204
        super().__init__()

    def answer(self, request: Request) -> None:
        """Book a parcel, or take a message."""
        request.body()
        if request.path == "/messages":
            self.messages += 1
        elif self.status == HTTPStatus.NO_CONTENT:
            self.parcels.add(request.headers["Idempotency-Key"])
        request.reply(self.status)


@pytest.fixture
def shop(database: str) -> Iterator[Connection]:
    """Make the tables of the shop."""
    with psycopg.connect(database, autocommit=True) as connection:
        create(connection, "resilience/queues/queue.sql")
        yield connection


def create(connection: Connection, schema: str) -> None:
    """Make the tables that a page shows."""
    connection.execute((SNIPPETS / schema).read_bytes())


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    """Open a carrier."""
    with Carrier() as opened:
        monkeypatch.setenv("CARRIER", opened.address)
        yield opened


def killed(part: str, database: str) -> None:
    """Let a process play its part, and see that it was killed."""
    environment = {**os.environ, "DATABASE_URL": database}
    process, said = start(["tests.resilience.mortal", part], environment)
    with said:
        assert -9 == process.wait(), said.read()


def count(connection: Connection, table: str) -> int:
    """Count rows."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()  # noqa: S608 # a name of ours
    return int(rows)


def pass_the_lease(connection: Connection) -> None:
    """Let every claimed message be due again, as half a minute would."""
    connection.execute("UPDATE outbox SET due_at = now()")


def fail(_: Connection, _message: UUID, body: dict[str, Any]) -> None:
    """Refuse the bad order."""
    if body["order_id"] == "bad":
        raise ValueError(body["order_id"])


@pytest.mark.proves("outbox")
def test_an_order_and_its_message_stand_or_fall_together(
    database: str, carrier: Carrier
) -> None:
    """Whoever places an order may be killed at once: the message is there; a refused order has none."""
    with psycopg.connect(database, autocommit=True) as shop:
        create(shop, "resilience/queues/queue.sql")
        killed("outbox", database)
        with pytest.raises(psycopg.errors.UniqueViolation):
            place_order(shop, "ord-1", 1999)

        assert (1, 1) == (count(shop, "orders"), count(shop, "outbox"))
        assert work_once(shop, shipping.ship)
        assert not work_once(shop, shipping.ship)
        assert 1 == len(carrier.parcels)


@pytest.mark.proves("outbox")
def test_a_message_that_cannot_be_written_takes_its_order_along(
    shop: Connection, database: str
) -> None:
    """If the message cannot be stored, the order is not; nor is either in somebody else's transaction."""
    shop.execute("ALTER TABLE outbox ADD CHECK (body->>'order_id' <> 'ord-1')")
    with pytest.raises(psycopg.errors.CheckViolation):
        place_order(shop, "ord-1", 1999)
    with (
        psycopg.connect(database) as other,
        pytest.raises(ValueError, match="must autocommit"),
    ):
        place_order(other, "ord-2", 1999)

    assert (0, 0) == (count(shop, "orders"), count(shop, "outbox"))


@pytest.mark.harm("outbox")
def test_two_steps_lose_or_invent_a_message(
    shop: Connection, database: str, carrier: Carrier, output: Output
) -> None:
    """Stored and then told, a crash loses the message; told and then stored, a refusal invents one."""
    rows = [f"{'':<34}orders  messages"]

    def told(case: str) -> None:
        counted = count(shop, "orders"), carrier.messages
        rows.append(f"{case:<34}{counted[0]:>6}{counted[1]:>10}")

    killed("outbox_dont", database)
    told("stored, killed before it was told")
    assert (1, 0) == (count(shop, "orders"), carrier.messages)
    with (
        httpx.Client(base_url=carrier.address) as broker,
        pytest.raises(psycopg.errors.UniqueViolation),
    ):
        outbox_dont.announce_order(shop, broker, "ord-1")
    told("told, then refused as a duplicate")

    assert (1, 1) == (count(shop, "orders"), carrier.messages)
    with httpx.Client(base_url=carrier.address) as broker:
        outbox_dont.place_order(shop, broker, "ord-2")
    assert (2, 2) == (count(shop, "orders"), carrier.messages)  # on a good day
    output.check("resilience/queues/outbox_dont.out", "\n".join(rows))


@pytest.mark.proves("idempotent-consumer")
def test_a_consumer_that_is_killed_loses_nothing(
    shop: Connection, database: str, carrier: Carrier
) -> None:
    """Killed after the carrier has booked, the message comes again, and the parcel does not."""
    place_order(shop, "ord-1", 1999)
    killed("shipping", database)
    assert (1, 1) == (count(shop, "outbox"), len(carrier.parcels))
    assert not work_once(shop, shipping.ship)  # it is held by the lease
    pass_the_lease(shop)

    assert work_once(shop, shipping.ship)
    assert (0, 1) == (count(shop, "outbox"), len(carrier.parcels))


@pytest.mark.proves("idempotent-consumer")
def test_consumers_do_not_wait_for_each_other(shop: Connection, database: str) -> None:
    """The oldest message comes first, unless another consumer is claiming it: then the next does, at once."""
    for number in range(3):
        place_order(shop, f"ord-{number}", 1999)
    seen: list[str] = []

    def note(_: Connection, _message: UUID, body: dict[str, Any]) -> None:
        seen.append(body["order_id"])

    shop.execute("SET lock_timeout = '1s'")
    with psycopg.connect(database) as other:
        other.execute("SELECT FROM outbox ORDER BY due_at LIMIT 1 FOR UPDATE")
        work_once(shop, note)
    work_once(shop, note)

    assert ["ord-1", "ord-0"] == seen


@pytest.mark.proves("idempotent-consumer")
@pytest.mark.parametrize(("tries", "rows"), [(0, (1, 0, 0)), (TRIES - 1, (0, 0, 1))])
def test_who_loses_the_lease_writes_nothing(
    shop: Connection, database: str, tries: int, rows: tuple[int, int, int]
) -> None:
    """Of two consumers that work on one message because a lease ran out, one at most leaves its writes."""
    place_order(shop, "ord-1", 1999)
    shop.execute("CREATE TABLE ledger (message uuid)")
    shop.execute("UPDATE outbox SET tries = %s", [tries])

    def book(connection: Connection, message: UUID, _: dict[str, Any]) -> None:
        connection.execute("INSERT INTO ledger VALUES (%s)", [message])

    def too_slow(connection: Connection, message: UUID, body: dict[str, Any]) -> None:
        book(connection, message, body)
        with psycopg.connect(database, autocommit=True) as other:
            pass_the_lease(other)
            work_once(other, book)

    work_once(shop, too_slow)
    left = (count(shop, "ledger"), count(shop, "outbox"), count(shop, "dead_letters"))
    assert rows == left


@pytest.mark.proves("idempotent-consumer")
def test_a_refusal_is_tried_again(shop: Connection, carrier: Carrier) -> None:
    """When the carrier answers with an error, the message stays."""
    place_order(shop, "ord-1", 1999)
    carrier.status = 503
    work_once(shop, shipping.ship)
    assert (1, 0) == (count(shop, "outbox"), len(carrier.parcels))

    carrier.status = 204
    pass_the_lease(shop)
    work_once(shop, shipping.ship)
    assert (0, 1) == (count(shop, "outbox"), len(carrier.parcels))


@pytest.mark.proves("idempotent-consumer")
def test_a_consumer_works_until_it_is_told_to_stop(
    shop: Connection, database: str
) -> None:
    """It takes one message after the other, waits when there is none, and refuses a connection that would hold them."""
    for number in range(3):
        place_order(shop, f"ord-{number}", 1999)
    stopping = Event()

    class Told(Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert 1 == timeout
            self.set()  # as a signal would, in the meantime
            return True

    def stop(*_: object) -> None:
        stopping.set()

    work(shop, stop, stopping)
    assert 2 == count(shop, "outbox")
    work(shop, lambda *_: None, Told())
    assert 0 == count(shop, "outbox")
    with (
        psycopg.connect(database) as held,
        pytest.raises(ValueError, match="must autocommit"),
    ):
        work_once(held, stop)


@pytest.mark.proves("idempotent-consumer")
def test_what_a_handler_writes_goes_with_the_message(shop: Connection) -> None:
    """A handler that fails half-way leaves nothing behind, and its message stays."""
    place_order(shop, "ord-1", 1999)

    def half(connection: Connection, *_: object) -> None:
        connection.execute("DELETE FROM orders")
        raise RuntimeError

    assert work_once(shop, half)
    assert (1, 1) == (count(shop, "orders"), count(shop, "outbox"))


@pytest.mark.harm("idempotent-consumer")
def test_a_message_that_is_taken_first_is_lost(
    shop: Connection, database: str, carrier: Carrier, output: Output
) -> None:
    """Taken before the work, a message is lost with the process; with a fresh key a parcel goes twice."""
    place_order(shop, "ord-1", 1999)
    killed("consumer_dont", database)
    lost = count(shop, "outbox"), len(carrier.parcels)

    place_order(shop, "ord-2", 1999)
    for _ in range(2):
        pass_the_lease(shop)
        killed("shipping_dont", database)
    parcels = len(carrier.parcels)
    rows = [
        f"taken first, killed:    {lost[0]} messages left, {lost[1]} parcels",
        f"a fresh key, killed:    {count(shop, 'outbox')} message left, {parcels} parcels",
    ]

    assert (0, 0) == lost
    assert 2 == parcels
    output.check("resilience/queues/consumer_dont.out", "\n".join(rows))
    consumer_dont.work_once(shop, shipping_dont.ship)  # on a good day
    consumer_dont.work_once(shop, shipping_dont.ship)
    assert (0, 3) == (count(shop, "outbox"), len(carrier.parcels))


@pytest.mark.proves("dead-letter")
def test_a_bad_message_is_put_aside(shop: Connection, output: Output) -> None:
    """After its last failure a message lies among the dead letters, with its error, and can be put back; the others went by."""
    for order in ("bad", "ord-1"):
        place_order(shop, order, 1999)
    rows = [f"{'try':<5}{'waiting':>7}{'dead':>6}{'due again after':>17}"]
    span = 0
    for number in range(1, TRIES + 1):
        while work_once(shop, fail):
            pass
        left = shop.execute("SELECT extract(epoch FROM due_at - now()) FROM outbox")
        due = [ceil(seconds) for (seconds,) in left.fetchall()]
        span += sum(due)
        dead = count(shop, "dead_letters")
        rows.append(f"{number:<5}{len(due):>7}{dead:>6}{due[0] if due else 0:>15} s")
        pass_the_lease(shop)
    ((bad, error),) = shop.execute("SELECT id, error FROM dead_letters").fetchall()

    ends = [f"from the first try to the last: {span} s", f"error: {error}"]
    assert 3810 == span
    assert ["1"] * (TRIES - 1) + ["0"] == [row.split()[1] for row in rows[1:]]
    assert "ValueError('bad')" == error
    assert (0, 1) == waiting(shop)
    output.check("resilience/queues/rounds.out", "\n".join([*rows, *ends]))
    put_back(shop, bad)
    assert work_once(shop, lambda *_: None)  # somebody has mended the handler
    assert (0, 0) == (count(shop, "outbox"), count(shop, "dead_letters"))


@pytest.mark.proves("dead-letter")
def test_a_message_that_kills_is_put_aside_too(
    shop: Connection, database: str, carrier: Carrier
) -> None:
    """A message whose consumer is killed each time ends among the dead letters as well."""
    place_order(shop, "ord-1", 1999)
    shop.execute("UPDATE outbox SET tries = %s", [TRIES - 1])
    killed("shipping", database)
    pass_the_lease(shop)
    assert work_once(shop, shipping.ship)
    ((error,),) = shop.execute("SELECT error FROM dead_letters").fetchall()

    assert "no answer within the lease" == error
    assert (0, 1) == (count(shop, "outbox"), len(carrier.parcels))


@pytest.mark.proves("dead-letter")
def test_what_waits_is_measured(shop: Connection) -> None:
    """The age of the oldest message is told, whatever its tries."""
    place_order(shop, "ord-1", 1999)
    shop.execute("UPDATE outbox SET written_at = now() - interval '90 seconds'")
    age, dead = waiting(shop)

    assert 90 <= age < 100
    assert 0 == dead


@pytest.mark.harm("dead-letter")
def test_a_bad_message_blocks_the_others(shop: Connection, output: Output) -> None:
    """Tried until it works, one bad message holds up every good one behind it."""
    for order in ("bad", "ord-1", "ord-2"):
        place_order(shop, order, 1999)
    tried: list[str] = []

    def handle(connection: Connection, message: UUID, body: dict[str, Any]) -> None:
        tried.append(body["order_id"])
        fail(connection, message, body)

    for _ in range(100):
        blocked_dont.work_once(shop, handle)

    assert {"bad"} == set(tried)
    assert 3 == count(shop, "outbox")
    output.check(
        "resilience/queues/blocked_dont.out",
        f"tried: {len(tried)} times, {tried[0]!r} each time\nwaiting: 3",
    )
    shop.execute("DELETE FROM outbox WHERE body->>'order_id' = 'bad'")
    blocked_dont.work_once(shop, handle)
    assert 1 == count(shop, "outbox")


def test_numbers_become_visible_out_of_order(shop: Connection, database: str) -> None:
    """A row with a higher number can be seen before one with a lower number."""
    shop.execute("CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY)")
    with psycopg.connect(database) as early:
        early.execute("INSERT INTO log DEFAULT VALUES")
        shop.execute("INSERT INTO log DEFAULT VALUES")
        first = shop.execute("SELECT id FROM log").fetchall()
        early.commit()
    then = shop.execute("SELECT id FROM log ORDER BY id").fetchall()

    assert [(2,)] == first
    assert [(1,), (2,)] == then
