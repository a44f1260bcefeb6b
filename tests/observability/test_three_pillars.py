"""One service emits all three signals, and each is read where it goes."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from snippets.observability.three_pillars.log_alert_dont import is_failing
from tests.observability.shop import environment
from tests.otlp import Collector, Span
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

ROUTE = "/orders"
MORE = 99
BEHIND = "POST /orders?user_id=usr-7 HTTP/1.1\r\nHost: a\r\nConnection: %s\r\n\r\n"


@dataclass
class Day:
    """What a day of the service left: one order, many orders, then it hangs.

    Attributes:
        sample: The counter of orders after the first, with its exemplar.
        series: How many series Prometheus had after one order, and after all.
        counted: The requests that it counted.
        up: Whether it could scrape the service at the end.
    """

    sample: str
    series: tuple[float, float]
    counted: float
    up: float
    spans: list[Span]
    lines: list[dict[str, Any]]

    def orders(self) -> list[dict[str, Any]]:
        """Give the lines about orders."""
        return [line for line in self.lines if line["event"] == "order_created"]


@pytest.fixture(scope="module")
def day(prometheus: Prometheus) -> Iterator[Day]:
    """Order once, order often, then stop the process without ending it."""
    (port,) = prometheus.ports("pillars")
    with Collector() as collector:
        there = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "PORT": port}
        settings = environment("observability/tracing/telemetry.yaml") | there
        module = "snippets.observability.three_pillars.orders"
        with Service(module, f"{__name__}.day", **settings) as service:
            first = order(prometheus, service, 1)
            sample = scrape(service)
            service.talk(BEHIND % "keep-alive", BEHIND % "close")
            then = order(prometheus, service, MORE - 2)
            total = f'sum(http_requests_total{{job="pillars", endpoint="{ROUTE}"}})'
            counted = prometheus.value(total) or 0
            service.signal(signal.SIGSTOP)
            prometheus.wait('up{job="pillars"} == 0')
            up = prometheus.value('up{job="pillars"}')
            service.signal(signal.SIGCONT)
            lines = service.stop()
        yield Day(sample, (first, then), counted, up or 0, collector.spans, lines)


def order(prometheus: Prometheus, service: Service, count: int) -> float:
    """Order some times, and give how many series the service has then."""
    with httpx.Client(base_url=service.address) as client:
        for _ in range(count):
            client.post("/orders?user_id=usr-7").raise_for_status()
    prometheus.wait_for_scrape("pillars")
    series = '{__name__=~"http_request.*", job="pillars", endpoint="/orders"}'
    return prometheus.value(f"count({series})") or 0


def scrape(service: Service) -> str:
    """Give the counter of orders as OpenMetrics writes it, without the times."""
    openmetrics = {"Accept": "application/openmetrics-text; version=1.0.0"}
    text = httpx.get(f"{service.address}/metrics", headers=openmetrics).text
    (line,) = [
        row
        for row in text.splitlines()
        if row.startswith("http_requests_total{")
        and f'"{ROUTE}"' in row
        and "201" in row
    ]
    return line.rpartition("}")[0] + "}"


@pytest.mark.proves("three-signals")
def test_one_request_leaves_three_signals(day: Day, output: Output) -> None:
    """An order is a line of the log, a count in a metric, and two spans of one trace."""
    line = day.orders()[0]
    spans = [span for span in day.spans if span.trace == line["trace_id"]]

    assert MORE + 1 == day.counted
    assert f'trace_id="{line["trace_id"]}"' in day.sample
    assert {"process_order", "POST /orders"} == {span.name for span in spans}
    (mine,) = [span for span in spans if span.name == "process_order"]
    assert line["order_id"] == mine.attributes["order.id"]
    assert "usr-7" == line["user_id"] == mine.attributes["user.id"]
    assert 0 <= line["duration_ms"] < 60_000
    output.check(
        "observability/three_pillars/signals.out", signals(line, day.sample, spans)
    )


def signals(line: dict[str, Any], sample: str, spans: list[Span]) -> str:
    """Show what one request left."""
    keys = ("event", "user_id", "order_id", "trace_id")
    shown = {key: line[key] for key in keys}
    rows = ["the line of the log:", json.dumps(shown, indent=2)]
    rows += ["the counter, with an exemplar:", *sample.split(" # ")]
    rows += ["the spans:", *(span.name for span in spans)]
    return "\n".join(rows)


@pytest.mark.proves("three-signals")
def test_metrics_cost_the_same_however_much_is_asked(day: Day, output: Output) -> None:
    """A hundred times the requests make a hundred times the lines, and no more series."""
    first, then = day.series
    lines, spans = len(day.orders()), len(day.spans)
    one = day.orders()[0]["trace_id"]
    line = sum(line.get("trace_id") == one for line in day.lines)
    span = sum(span.trace == one for span in day.spans)

    assert first == then
    assert MORE + 1 == lines
    assert 2 * (MORE + 1) == spans
    rows = [
        f"orders{1:>14}{MORE + 1:>8}",
        f"log lines{line:>11}{lines:>8}",
        f"spans{span:>15}{spans:>8}",
        f"series{first:>14.0f}{then:>8.0f}",
    ]
    output.check("observability/three_pillars/cost.out", "\n".join(rows))


@pytest.mark.proves("three-signals")
def test_a_request_behind_another_has_a_trace_of_its_own(day: Day) -> None:
    """Requests that wait on one connection do not end up in one trace."""
    assert MORE + 1 == len({line["trace_id"] for line in day.orders()})


@pytest.mark.harm("three-signals")
def test_a_process_that_hangs_logs_no_error(day: Day, output: Output) -> None:
    """A log that is watched alone says that a service which answers nobody is well."""

    assert not is_failing(day.lines)
    assert 0 == day.up
    rows = [
        f"the log says that it fails    {is_failing(day.lines)}",
        f"Prometheus can reach it       {bool(day.up)}",
    ]
    output.check("observability/three_pillars/log_alert_dont.out", "\n".join(rows))
