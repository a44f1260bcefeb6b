"""Servers that fail as told, services that stand above one another, and a herd."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from snippets.resilience.retries import (
    backoff,
    backoff_dont,
    layers_dont,
    retrying,
    send_dont,
)
from snippets.resilience.retries.budget import Budget
from snippets.resilience.retries.herd import herd
from tests.drawing import DO, DONT, QUIET, drawing
from tests.loopback import Loopback
from tests.services import Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handbook.outputs import Output
    from tests.loopback import Request

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Scripted(Loopback):
    """A server that fails as it is told, and then answers.

    Attributes:
        script: The next answers: a status with headers, or `hang up` once the work
            is done.
        asked: The methods of the requests that came.
    """

    def __init__(self) -> None:
        self.script: list[tuple[int, dict[str, str]] | str] = []
        self.asked: list[str] = []
        super().__init__()

    def answer(self, request: Request) -> None:
        """Do what stands next in the script."""
        self.asked.append(request.command)
        answer = self.script.pop(0) if self.script else (200, {})
        if not isinstance(answer, str):
            status, headers = answer
            request.reply(status, headers=headers)


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Start a server that fails as it is told."""
    with Scripted() as scripted:
        yield scripted


def send(
    server: Scripted,
    method: str = "GET",
    budget: Budget | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[str, list[float]]:
    """Send a request as the page does, and say what came, and the pauses."""
    return sent(
        lambda client, request, sleep: retrying.send(
            client, request, budget or Budget(), sleep
        ),
        server.address,
        method,
        headers or {},
    )


def sent(
    how: Callable[..., Any], address: str, method: str, headers: dict[str, str]
) -> tuple[str, list[float]]:
    """Send a request in some way, and say what came, and the pauses."""
    pauses = list[float]()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def run() -> str:
        async with httpx.AsyncClient(timeout=20) as client:
            request = client.build_request(method, address, headers=headers)
            try:
                return str((await how(client, request, sleep)).status_code)
            except httpx.HTTPStatusError as error:
                return str(error.response.status_code)
            except httpx.HTTPError as error:
                return type(error).__name__

    return asyncio.run(run()), pauses


BUSY: tuple[int, dict[str, str]] = (503, {})


@pytest.mark.proves("full-jitter")
@pytest.mark.parametrize("fault", [(429, {}), (502, {}), BUSY, (504, {}), "hang up"])
def test_what_may_pass_is_tried_again(server: Scripted, fault: Any) -> None:  # noqa: ANN401 # a status or a fault
    """A service that is busy, or breaks the connection, is asked again."""
    server.script = [fault, fault]

    came, pauses = send(server)
    assert "200" == came
    assert ["GET"] * 3 == server.asked
    assert 0 <= pauses[0] <= 0.5
    assert 0 <= pauses[1] <= 1


@pytest.mark.proves("full-jitter")
def test_after_three_tries_the_failure_is_told(server: Scripted) -> None:
    """The third failure reaches the caller, without a further pause."""
    server.script = [BUSY] * 9

    came, pauses = send(server)
    assert ("503", 2, 3) == (came, len(pauses), len(server.asked))


@pytest.mark.proves("full-jitter")
@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500])
def test_what_does_not_pass_is_tried_once(server: Scripted, status: int) -> None:
    """A request that is wrong, or hits a bug, is not sent again."""
    server.script = [(status, {})]

    assert (str(status), []) == send(server)
    assert ["GET"] == server.asked


@pytest.mark.proves("full-jitter")
@pytest.mark.parametrize("fault", [BUSY, "hang up"])
def test_what_is_not_idempotent_is_tried_once(server: Scripted, fault: Any) -> None:  # noqa: ANN401 # a status or a fault
    """A POST is not sent again, unless it carries a key; a PUT and a DELETE are."""
    asked = list[str]()
    for method, key in (("POST", {}), ("POST", {"idempotency-key": "7"})):
        server.script, server.asked = [fault], []
        send(server, method, headers=key)
        asked += [f"{method} {len(server.asked)}"]
    for method in ("PUT", "DELETE"):
        server.script, server.asked = [fault], []
        send(server, method)
        asked += [f"{method} {len(server.asked)}"]

    assert ["POST 1", "POST 2", "PUT 2", "DELETE 2"] == asked


@pytest.mark.proves("full-jitter")
def test_a_server_that_asks_for_time_gets_it(server: Scripted) -> None:
    """The pause is what Retry-After asks for, and jitter on top."""
    server.script = [(503, {"Retry-After": "7"})] * 2

    _, (first, second) = send(server)
    assert 7 < first <= 7.5
    assert 7 < second <= 8


@pytest.mark.proves("full-jitter")
def test_a_server_that_names_a_date_is_believed(server: Scripted) -> None:
    """The pause reaches to the date that Retry-After names."""
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    server.script = [(429, {"Retry-After": until})]

    _, (pause,) = send(server)
    assert 2 <= pause <= 9.5


class Dripping(Loopback):
    """A server whose body never ends."""

    def answer(self, request: Request) -> None:
        """Send a byte now and then."""
        self.asked += 1
        request.send_response(200)
        request.end_headers()
        with suppress(OSError):  # whoever asked has gone
            while not self.closing.wait(0.01):
                request.wfile.write(b" ")

    asked = 0


@pytest.mark.proves("full-jitter")
def test_each_try_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not end is waited for three times, as long as a try may take."""
    monkeypatch.setattr(retrying, "LIMIT", 0.1)
    with Dripping() as server:
        came, pauses = sent(
            lambda *how: retrying.send(how[0], how[1], Budget(), how[2]),
            server.address,
            "GET",
            {},
        )
        wait_until(lambda: server.asked == 3, "three tries have arrived")

    assert ("ReadTimeout", 2) == (came, len(pauses))


@pytest.mark.proves("full-jitter")
@pytest.mark.parametrize(
    ("address", "headers", "came", "tries"),
    [
        ("http://127.0.0.1:1/", {}, "ConnectError", 3),
        ("foo://127.0.0.1/", {}, "UnsupportedProtocol", 1),
        ("http://127.0.0.1:{}/", {"X": "a\nb"}, "LocalProtocolError", 1),
    ],
)
def test_what_cannot_pass_is_tried_once(
    server: Scripted, address: str, headers: dict[str, str], came: str, tries: int
) -> None:
    """A request that is wrong in itself is not sent again; a closed port is tried."""
    place = address.format(server.address.rpartition(":")[2])
    told, pauses = sent(
        lambda *how: retrying.send(how[0], how[1], Budget(), how[2]),
        place,
        "GET",
        headers,
    )

    assert (came, tries - 1) == (told, len(pauses))


@pytest.mark.proves("retry-budget")
def test_what_is_not_tried_again_costs_nothing(server: Scripted) -> None:
    """A 404 leaves the budget as it was."""
    budget = Budget()
    server.script = [(404, {})]
    send(server, budget=budget)

    assert budget.most == budget.saved


@pytest.mark.proves("full-jitter")
@pytest.mark.parametrize(("asked", "tries"), [("9", 2), ("11", 1)])
def test_the_cap_decides(server: Scripted, asked: str, tries: int) -> None:
    """What lies beyond ten seconds, jitter included, is not waited for."""
    server.script = [(503, {"Retry-After": asked})]
    send(server)

    assert tries == len(server.asked)


@pytest.mark.proves("full-jitter")
def test_a_server_that_asks_for_too_much_is_left(server: Scripted) -> None:
    """A caller does not wait for an hour, and does not come earlier either."""
    server.script = [(503, {"Retry-After": "3600"})]

    assert ("503", []) == send(server)
    assert ["GET"] == server.asked


@pytest.mark.proves("full-jitter")
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Mon, 23 Nov 2026 09:31:00 GMT", 60),
        ("Monday, 23-Nov-26 09:31:00 GMT", 60),  # obsolete, and to be accepted
        ("Mon Nov 23 09:31:00 2026", 60),  # likewise
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0),
        ("soon", 0),
        ("Mon, 23 Nov 2026 9999999999999999999999:31:00 GMT", 0),
        ("٣", 0),
        ("", 0),
    ],
)
def test_each_form_of_retry_after_is_read(value: str, seconds: float) -> None:
    """Seconds and dates are read, a date that is over and anything else is nothing."""
    assert seconds == backoff.retry_after(value, NOW)


@pytest.mark.proves("full-jitter")
def test_pauses_fill_their_interval() -> None:
    """Pauses are spread evenly from nothing to the limit, which stops at ten seconds."""
    for failed, limit in ((1, 0.5), (2, 1), (3, 2), (9, 10), (9999, 10)):
        drawn = sorted(backoff.full_jitter(failed) for _ in range(2000))
        assert 0 <= drawn[0] < 0.05 * limit
        assert 0.95 * limit < drawn[-1] <= limit
        assert 0.4 * limit < drawn[1000] < 0.6 * limit


@pytest.mark.harm("full-jitter")
def test_a_loop_that_retries_everything(server: Scripted, output: Output) -> None:
    """It makes three orders of one, and asks three times for what is not there."""
    server.script = ["hang up", "hang up"]  # once the order is made
    came, pauses = sent(send_dont.send, server.address, "POST", {})
    orders = len(server.asked)
    assert ("200", [1, 1], 3) == (came, pauses, orders)
    server.script, server.asked = [(404, {})] * 9, []
    came, _ = sent(send_dont.send, server.address, "GET", {})
    assert ("404", 3) == (came, len(server.asked))

    rows = [
        f"one order, the answer lost twice    {orders} orders made",
        f"one user who is not there           {len(server.asked)} calls",
    ]
    output.check("resilience/retries/send_dont.out", "\n".join(rows))


@pytest.mark.harm("full-jitter")
def test_without_jitter_everybody_comes_back_at_once(output: Output) -> None:
    """Doubled pauses alone keep a herd together; with jitter it is gone in seconds."""
    random.seed(11)
    clients, capacity, shown = 100, 5, 160  # the last in tenths of a second
    with drawing(
        "Calls in each tenth of a second, after 100 clients failed at once. Without "
        "jitter: spikes of 100 and fewer, far apart. With full jitter: a low hill.",
        rows=2,
        height=3.4,
    ) as drawn:
        ways = (
            ("no jitter", backoff_dont.exponential, DONT),
            ("full jitter", backoff.full_jitter, DO),
        )
        found = list[tuple[int, int, float]]()
        for (told, pause, colour), axes in zip(ways, drawn.axes, strict=True):
            calls = herd(pause, clients, capacity)
            each = Counter(int(now * 10) for now in calls)
            peak, last = max(each.values()), max(calls)
            found.append((peak, len(calls), last))
            heights = [each[tenth] for tenth in range(shown)]
            axes.bar(
                [tenth / 10 for tenth in range(shown)],
                heights,
                width=0.1,
                align="edge",
                color=colour,
            )
            axes.axhline(capacity, color=QUIET, linewidth=0.8, linestyle=":")
            axes.set(ylim=(0, 110), xlim=(0, shown / 10))
            axes.text(
                shown / 10,
                104,
                f"{told}: {len(calls):,} calls, the last after {last:.0f} s",
                ha="right",
                va="top",
            )
        drawn.axes[1].set_xlabel("seconds; the dotted line is what the server answers")
        drawn.axes[0].set_ylabel("calls in 100 ms")
        drawn.axes[1].set_ylabel("calls in 100 ms")
    (peak, calls_made, last), (low, fewer, sooner) = found

    assert (100, 1050) == (peak, calls_made)
    assert last > 160
    assert low < 45
    assert fewer < 300
    assert sooner < 10
    output.check("resilience/retries/herd.svg", drawn.svg)


REQUESTS = 50


class Layers(ExitStack):
    """Two services, one above the other, and above a server that fails.

    Args:
        fixture: The fixture that shares them.
    """

    def __init__(self, fixture: str) -> None:
        super().__init__()
        self.lowest = self.enter_context(Scripted())
        self.addresses = [self.lowest.address]
        for layer in (2, 1):
            service = Service(
                "tests.resilience.layer",
                fixture,
                NEXT=self.addresses[0],
                LAYER=str(layer),
            )
            self.addresses.insert(0, self.enter_context(service).address)

    def calls(self, way: str, requests: int) -> list[int]:
        """Ask the first service so often, and count the calls of all three."""
        self.lowest.script, self.lowest.asked = [BUSY] * 9999, []
        budget = Budget()

        async def sleep(_: float) -> None:
            """Wait for nothing."""

        async def ask(client: httpx.AsyncClient, url: str) -> None:
            if way == "dont":
                await layers_dont.get(client, url, sleep)
            elif way == "budgets":
                asked = client.build_request("GET", url)
                await retrying.send(client, asked, budget, sleep)
            else:
                (await client.get(url)).raise_for_status()

        async def run() -> None:
            async with httpx.AsyncClient(timeout=20) as client:
                url = f"{self.addresses[0]}/{way}"
                for _ in range(requests):
                    with pytest.raises(httpx.HTTPStatusError):
                        await ask(client, url)

        asyncio.run(run())
        above = [
            httpx.get(f"{address}/seen", timeout=20).json()[way]
            for address in self.addresses[:2]
        ]
        return [*above, len(self.lowest.asked)]


@pytest.fixture(scope="module")
def calls() -> Iterator[dict[str, list[int]]]:
    """Ask three layers in each way, and count."""
    with Layers(f"{__name__}.calls") as layers:
        yield {
            "dont": layers.calls("dont", 1),
            "one": layers.calls("one", 1),
            "budgets": layers.calls("budgets", REQUESTS),
        }


def table(requests: int, counted: list[int]) -> str:
    """Write what each layer was asked."""
    names = "the first service", "the second", "the third, which fails"
    rows = [f"{'requests':<31}{requests:>4}"]
    rows += [
        f"{f'calls of {name}':<31}{number:>4}"
        for name, number in zip(names, counted, strict=True)
    ]
    return "\n".join([*rows, f"{'calls in all':<31}{sum(counted):>4}"])


@pytest.mark.proves("retry-budget")
def test_one_layer_retries(calls: dict[str, list[int]]) -> None:
    """When only the layer above the failure retries, one request costs three calls there."""
    assert [1, 1, 3] == calls["one"]


@pytest.mark.proves("retry-budget")
def test_budgets_hold_a_storm_down(calls: dict[str, list[int]], output: Output) -> None:
    """With a budget in each layer, an outage costs a tenth in each, and the reserves."""
    asked = REQUESTS
    for called in calls["budgets"]:
        assert 1.1 * asked + 8.5 < called <= 1.1 * asked + 10
        asked = called
    shown = table(REQUESTS, calls["budgets"])
    output.check("resilience/retries/budgets.out", shown)


@pytest.mark.harm("retry-budget")
def test_three_tries_in_three_layers_are_27(
    calls: dict[str, list[int]], output: Output
) -> None:
    """One request becomes 27 attempts at the lowest of three layers, 39 calls in all."""
    assert [3, 9, 27] == calls["dont"]
    assert 39 == sum(calls["dont"])
    output.check("resilience/retries/layers_dont.out", table(1, calls["dont"]))


@pytest.mark.proves("retry-budget")
def test_an_empty_budget_is_earned_again(server: Scripted) -> None:
    """Without budget a failure is told at once; ten requests earn one retry."""
    budget = Budget(reserve=1)
    budget.spend()
    for _ in range(9):
        server.script = [BUSY]
        assert "503" == send(server, budget=budget)[0]
    assert 9 == len(server.asked)
    server.script, server.asked = [BUSY], []

    assert "200" == send(server, budget=budget)[0]
    assert ["GET"] * 2 == server.asked


@pytest.mark.proves("retry-budget")
def test_in_the_long_run_a_budget_is_a_tenth() -> None:
    """Of 10,000 requests that all fail, a thousand are sent again, and the reserve."""
    budget = Budget()
    retries = 0
    for _ in range(10_000):
        budget.earn()
        while budget.spend():
            retries += 1

    assert 1_000 <= retries <= 1_010
