"""A real service under load, open and closed, and the model of its queue."""

from __future__ import annotations

import asyncio
import math
from functools import cache
from random import Random
from statistics import fmean
from time import monotonic
from typing import TYPE_CHECKING, Self

import httpx
import pytest

from snippets.readiness.capacity.by_cpu_dont import desired
from snippets.readiness.capacity.closed_dont import measure
from snippets.readiness.capacity.open_load import arrivals, offer, percentile
from snippets.readiness.capacity.queue_model import latencies
from snippets.readiness.capacity.replicas import SHARE, in_zones, replicas
from tests.drawing import DO, DONT, QUIET, drawing
from tests.readiness.one_at_a_time import CROWD
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

PAGE = "readiness/capacity"
MODULE = "tests.readiness.one_at_a_time"
WORK = 0.01  # seconds for a request: a hundred a second can be done
STALL = 0.5  # seconds, once
CLOSED, OPEN, RATE = 110, 100, 60.0
MANY = 20_000
OBJECTIVE = 0.05  # seconds for 99 %
MINUTE = 60


def seeded(rate: float, count: int) -> list[float]:
    """Draw the same arrivals each time."""
    return arrivals(rate, count, Random(1))  # noqa: S311 # seeded


def closed() -> list[float]:
    """Measure with one client that waits."""
    module, fixture = MODULE, f"{__name__}.closed"
    with Service(module, fixture, WORK=str(WORK), STALL=str(STALL)) as service:
        return measure(f"{service.address}/orders", CLOSED)


@pytest.fixture(scope="module")
def opened() -> list[float]:
    """Measure with requests that do not wait for one another."""
    module, fixture = MODULE, f"{__name__}.opened"
    with Service(module, fixture, WORK=str(WORK), STALL=str(STALL)) as service:
        url = f"{service.address}/orders"
        return asyncio.run(offer(url, seeded(RATE, OPEN))).latencies


def row(name: str, found: list[float]) -> str:
    """Write how long requests took."""
    slow = sum(each > STALL / 5 for each in found)
    p99 = percentile(found, 0.99) * 1000
    return f"{name:<8}{len(found)} requests, ≈ {slow} over 100 ms, P99 ≈ {p99:.0f} ms"


@pytest.mark.proves("open-load")
def test_an_open_load_sees_the_stall(opened: list[float]) -> None:
    """What was due during the stall waits for its end, and counts from when it was due."""
    assert OPEN == len(opened)
    assert STALL / 2 < percentile(opened, 0.99) < math.inf
    assert sum(each > STALL / 5 for each in opened) > OPEN / 10


@pytest.mark.harm("open-load")
def test_a_closed_load_misses_the_stall(opened: list[float], output: Output) -> None:
    """One client waits the stall out, and its P99 does not have it."""
    for _ in range(5):  # a machine that has no time for us says nothing of the service
        found = closed()
        if percentile(found, 0.99) < STALL / 4:
            break

    assert max(found) >= STALL
    assert percentile(found, 0.99) < STALL / 4
    assert percentile(opened, 0.99) > STALL / 2
    lines = [
        row("closed", found),
        row("open", opened),
    ]
    output.check(f"{PAGE}/closed_dont.out", "\n".join(lines))


@pytest.fixture(scope="module")
def plain() -> Iterator[Service]:
    """Serve without a stall, 25 requests a second at most."""
    with Service(MODULE, f"{__name__}.plain", WORK="0.04") as service:
        yield service


@pytest.mark.proves("open-load")
def test_no_pool_holds_requests_back(
    plain: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More requests are in flight than a client has connections by default."""
    made: list[httpx.AsyncClient] = []

    class Client(httpx.AsyncClient):
        async def __aenter__(self) -> Self:
            made.append(self)
            return await super().__aenter__()

    monkeypatch.setattr(httpx, "AsyncClient", Client)
    load = asyncio.run(offer(f"{plain.address}/crowd", [0.0] * CROWD, 30))

    assert max(load.latencies) < math.inf
    assert load.late < 30
    assert httpx.Timeout(30) == made[0].timeout  # to wait for its five seconds is slow


@pytest.mark.proves("open-load")
def test_a_failure_is_not_a_fast_answer(plain: Service) -> None:
    """An error and an answer after the caller left take for ever, and no time is lost."""
    begun = monotonic()
    missing = asyncio.run(offer(f"{plain.address}/nothing", [0.0]))
    hung = asyncio.run(offer(f"{plain.address}/never", [0.0], 0.05))

    gone = asyncio.run(offer(f"{plain.address}/cpu", [-1.0], 0.5))

    assert [math.inf] * 3 == [*missing.latencies, *hung.latencies, *gone.latencies]
    assert monotonic() - begun < 10
    assert math.inf == percentile([0.01] * 9 + [math.inf], 0.99)


@pytest.mark.proves("open-load")
def test_a_generator_that_is_late_says_so(plain: Service) -> None:
    """What was sent too late is told, and its time begins when it was due."""
    load = asyncio.run(offer(f"{plain.address}/cpu", [-1.0, 0.05]))

    assert load.late >= 1
    assert 1 <= load.latencies[0] < math.inf


@pytest.mark.harm("headroom")
def test_the_processor_idles_while_everybody_waits(
    plain: Service, output: Output
) -> None:
    """At twice what it can do, a service that waits uses little CPU, and is scaled in."""
    rate, count, running = 50, 30, 4
    due = [number / rate for number in range(count)]
    before, begun = httpx.get(f"{plain.address}/cpu").json(), monotonic()
    found = asyncio.run(offer(f"{plain.address}/orders", due)).latencies
    took = monotonic() - begun
    used = (httpx.get(f"{plain.address}/cpu").json() - before) / took
    p99 = percentile(found, 0.99)

    assert fmean(latencies(due, 0.04)) <= fmean(found) < math.inf
    assert p99 > 0.55
    assert desired(running, used) < running
    assert [2, 4, 8] == [desired(running, cpu) for cpu in (0.35, 0.7, 1.4)]
    lines = [
        f"offered               {rate} a second",
        f"done                  ≈ {count / took:.0f} a second",
        f"P99 after {count / rate} s       ≈ {p99 * 1000:.0f} ms",
        f"CPU                   ≈ {used * 100:.0f} %",
        f"replicas wanted       ≈ {desired(running, used)}, of {running} that run",
    ]
    output.check(f"{PAGE}/by_cpu_dont.out", "\n".join(lines))


def p99(rate: float, seed: int = 1) -> float:
    """Give the P99 of the model, in seconds."""
    due = arrivals(rate, MANY, Random(seed))  # noqa: S311 # seeded
    return percentile(latencies(due, WORK), 0.99)


@cache
def breaking() -> int:
    """Find the highest rate, of whole requests a second, within the objective."""
    return max(rate for rate in range(40, 80) if p99(rate) <= OBJECTIVE)


@pytest.mark.proves("headroom")
def test_the_knee(output: Output) -> None:
    """With chance in the arrivals the P99 rises long before the service is full."""
    rates = [*range(5, 100, 5), 98]
    chance = [p99(rate) * 1000 for rate in rates]
    even = [
        percentile(latencies([n / rate for n in range(MANY)], WORK), 0.99) * 1000
        for rate in rates
    ]
    limit = breaking()

    assert even == pytest.approx([WORK * 1000] * len(rates))
    assert chance == sorted(chance)
    assert chance[-1] > 3 * p99(80) * 1000
    assert all(p99(50, seed) <= OBJECTIVE < p99(60, seed) for seed in range(10))
    told = (
        "P99 against offered rate. Even arrivals stay at 10 ms up to 100 a second;"
        f" random ones pass 50 ms after {limit} a second and then rise steeply."
    )
    with drawing(told) as drawn:
        axes = drawn.axes[0]
        axes.plot(rates, chance, color=DO, label="random arrivals")
        axes.plot(rates, even, color=QUIET, label="even arrivals")
        axes.axhline(OBJECTIVE * 1000, color=DONT, linestyle=":", label="objective")
        axes.axvline(limit * SHARE, color=QUIET, linestyle=":")
        axes.annotate("70 %", (limit * SHARE, 85), (4, 0), textcoords="offset points")
        axes.set(xlabel="requests a second", ylabel="P99 in ms", ylim=(0, 200))
        axes.legend(loc="upper left")
    output.check(f"{PAGE}/knee.svg", drawn.svg)


def test_the_model_is_the_known_one() -> None:
    """The mean wait is that of the formula for random arrivals and constant work."""
    load = 0.7
    due = arrivals(load / WORK, 200_000, Random(2))  # noqa: S311 # seeded
    waited = fmean(latencies(due, WORK)) - WORK

    assert waited == pytest.approx(load * WORK / (2 * (1 - load)), rel=0.03)


@pytest.mark.proves("headroom")
def test_beyond_the_knee(output: Output) -> None:
    """Beyond what it can do, latency grows for as long as the load lasts."""
    lines = [f"{'offered':>9}{'P50':>12}{'P99':>12}"]
    medians = []
    for rate in (40, 60, 80, 90, 110, 150):
        found = latencies(seeded(rate, rate * MINUTE), WORK)
        medians.append(percentile(found, 0.5))
        times = (medians[-1], percentile(found, 0.99))
        lines.append(
            f"{rate:>7}/s"
            + "".join(f"{f'{each * 1000:,.0f} ms':>12}" for each in times)
        )

    assert medians[0] < 0.02
    assert medians[-1] > 8
    assert medians == sorted(medians)
    output.check(f"{PAGE}/beyond.out", "\n".join(lines))


@pytest.mark.proves("headroom")
def test_replicas(output: Output) -> None:
    """The peak is served without the one that is lost, at 70 % of what breaks."""
    limit, peak = breaking(), 900
    one, three = replicas(peak, limit), in_zones(peak, limit, 3)

    assert peak / (one - 1) <= SHARE * limit < peak / (one - 2)
    assert peak / (three * 2 / 3) <= SHARE * limit
    assert three % 3 == 0
    assert [2, 3] == [replicas(70, 100), replicas(70.1, 100)]
    assert [4, 3, 6] == [
        in_zones(140, 100, 2), in_zones(140, 100, 3), in_zones(141, 100, 3),
    ]  # fmt: skip
    assert [5] == [replicas(210, 100, lost=2)]
    lines = [
        f"P99 within 50 ms, up to    {limit} a second",
        f"used at the peak           {limit * SHARE:.1f} a second",
        f"peak                       {peak} a second",
        f"one replica may be lost    {one} replicas",
        f"one zone of three          {three} replicas",
    ]
    output.check(f"{PAGE}/replicas.out", "\n".join(lines))
