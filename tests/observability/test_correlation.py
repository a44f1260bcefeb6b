"""One failing request is followed from the alert's query to the line of the log."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

from snippets.observability.correlation.exemplars import exemplar
from snippets.observability.correlation.follow import of_trace
from snippets.observability.correlation.follow_dont import around
from tests.observability.shop import CRASHED, PAID, depth, environment, ordered
from tests.otlp import Collector, Span
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

SHOP = "snippets.observability.tracing"
SNIPPETS = Path(__file__).parents[2] / "snippets"
ROUTE = "/orders/{order_id}/payment"
CUSTOMERS = 20
Line = dict[str, Any]


@dataclass
class Incident:
    """What three tools know of one failing request among many that succeed.

    Attributes:
        ratio: The share of payments that failed, by the query of the alert.
        exemplar: The trace that Prometheus names for the failures.
        traces: What the collector holds.
        lines: What both services logged, each with the name of its service.
    """

    ratio: float
    exemplar: str
    traces: dict[str, list[Span]]
    lines: list[Line]

    @property
    def trace(self) -> list[Span]:
        """The spans of the failing request."""
        return ordered(self.traces[self.exemplar])


@pytest.fixture(scope="module")
def incident(prometheus: Prometheus) -> Iterator[Incident]:
    """Take twenty payments, eight at a time, and one for a card that is unknown."""
    fixture = f"{__name__}.incident"
    with ExitStack() as stack:
        collector = stack.enter_context(Collector())
        there = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        settings = environment("observability/tracing/telemetry.yaml") | there
        payments = Service(
            f"{SHOP}.payments",
            fixture,
            **settings | {"OTEL_SERVICE_NAME": "payments"},
        )
        stack.enter_context(payments)
        (port,) = prometheus.ports("correlation")
        orders = Service(
            f"{SHOP}.orders", fixture, **settings, PAYMENTS=payments.address, PORT=port
        )
        stack.enter_context(orders)
        pay(orders, [PAID])  # nothing has failed yet
        prometheus.wait_for_scrape("correlation")
        began = time()
        pay(orders, [PAID] * CUSTOMERS + [CRASHED])
        prometheus.wait_for_scrape("correlation")
        ratio, named = ask(prometheus, began)
        lines = [
            {"service": name, **line}
            for name, service in (("orders", orders), ("payments", payments))
            for line in service.stop()
        ]
        yield Incident(ratio, named, collector.traces(), lines)


def pay(service: Service, orders: list[str]) -> None:
    """Pay for some orders, eight at a time."""
    limits = httpx.Limits(max_keepalive_connections=0)
    user = {"User-Id": "usr-7"}
    with (
        httpx.Client(base_url=service.address, limits=limits, headers=user) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(lambda order: client.post(f"/orders/{order}/payment"), orders))


def ask(prometheus: Prometheus, began: float) -> tuple[float, str]:
    """Ask for the share that fails, and for the trace of a failure since then."""
    alert = read("observability/metrics/errors.promql")
    (ratio,) = [
        value
        for labels, value in prometheus.query(alert).items()
        if {("job", "correlation"), ("endpoint", ROUTE)} <= labels
    ]
    found = prometheus.get(
        "/query_exemplars",
        query=read("observability/correlation/failing.promql"),
        start=began,
        end=time(),
    )
    (last,) = [
        series["exemplars"][-1]
        for series in found
        if series["seriesLabels"]["job"] == "correlation"
    ]
    return ratio, last["labels"]["trace_id"]


def read(name: str) -> str:
    """Read a snippet."""
    return (SNIPPETS / name).read_text(encoding="utf-8")


@pytest.mark.proves("correlate-signals")
def test_the_alert_names_a_trace(incident: Incident, output: Output) -> None:
    """The query that fires says how many fail, and its exemplar says which."""
    "observability/correlation/failing.promql"
    assert 1 / (CUSTOMERS + 1) == pytest.approx(incident.ratio, rel=0.2)
    rows = [
        f"share of failures   ≈ {incident.ratio:.3f}",
        f'exemplar            "trace_id": "{incident.exemplar}"',
    ]
    output.check("observability/correlation/alert.out", "\n".join(rows))


@pytest.mark.proves("correlate-signals")
def test_the_trace_names_the_service_that_failed(
    incident: Incident, output: Output
) -> None:
    """The trace of the exemplar ends in the service in which it went wrong."""
    last = incident.trace[-1]
    below = depth(incident.trace)
    rows = []
    for span in incident.trace:
        name = f"{'  ' * below[span.id]}{span.name}"
        failed = span.attributes.get("error.type", "")
        rows.append(f"{span.service:<9} {name:<34} {failed}".rstrip())

    assert ("payments", "KeyError") == (last.service, last.attributes["error.type"])
    output.check("observability/correlation/trace.out", "\n".join(rows))


@pytest.mark.proves("correlate-signals")
def test_the_log_says_why(incident: Incident, output: Output) -> None:
    """The lines of that trace come from both services, and one holds the exception."""
    lines = of_trace(incident.lines, incident.exemplar)
    (crash,) = [
        line
        for line in lines
        if line["service"] == "payments" and line["level"] == "error"
    ]
    (cause,) = crash["exception"]

    assert {"orders", "payments"} == {line["service"] for line in lines}
    assert ("KeyError", f"'{CRASHED}'") == (cause["exc_type"], cause["exc_value"])
    frame = cause["frames"][-1]
    shown = {
        "service": crash["service"],
        "trace_id": crash["trace_id"],
        "exc_type": cause["exc_type"],
        "exc_value": cause["exc_value"],
        "filename": frame["filename"],
        "name": frame["name"],
    }
    text = json.dumps(shown, indent=2)
    output.check("observability/correlation/log.out", text)


@pytest.mark.harm("correlate-signals")
def test_by_time_the_line_drowns_in_those_of_others(
    incident: Incident, output: Output
) -> None:
    """Of the lines around the failure, nearly all belong to other requests."""
    of_it = of_trace(incident.lines, incident.exemplar)
    moment = datetime.fromisoformat(of_it[0]["timestamp"])
    requests = [line for line in incident.lines if "trace_id" in line]
    near = around(requests, moment)
    others = {line["trace_id"] for line in near} - {incident.exemplar}

    assert len(near) > 5 * len(of_it)
    assert len(others) >= CUSTOMERS
    rows = [
        f"lines of the trace               {len(of_it)}",
        f"lines within a second          ≈ {len(near)}",
        f"other requests among them      ≈ {len(others)}",
    ]
    output.check("observability/correlation/follow_dont.out", "\n".join(rows))


@pytest.mark.proves("correlate-signals")
def test_an_exemplar_leads_only_to_a_trace_that_is_kept() -> None:
    """Outside of a trace, and in one that is not sampled, there is no exemplar."""
    kept = TracerProvider(ALWAYS_ON, shutdown_on_exit=False).get_tracer("a")
    dropped = TracerProvider(ALWAYS_OFF, shutdown_on_exit=False).get_tracer("a")

    assert exemplar() is None
    with dropped.start_as_current_span("a"):
        assert exemplar() is None
    with kept.start_as_current_span("a") as span:
        mine = trace.format_trace_id(span.get_span_context().trace_id)
        assert {"trace_id": mine} == exemplar()
