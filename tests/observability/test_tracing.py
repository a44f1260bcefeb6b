"""Two processes trace a request together, and a collector decodes what they send."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from snippets.observability.tracing import threads, threads_dont
from tests.observability.shop import (
    CRASHED,
    DECLINED,
    PAID,
    UPSTREAM,
    depth,
    environment,
    is_ours,
    sell,
)
from tests.otlp import Collector
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from handbook.outputs import Output
    from tests.otlp import Span

REQUESTS = 20
Traces = dict[str, list["Span"]]


@pytest.fixture(scope="module")
def traces() -> Traces:
    """Order as the page shows it."""
    return sell(f"{__name__}.traces")


@pytest.mark.proves("trace-context")
def test_two_services_write_one_trace(traces: Traces, output: Output) -> None:
    """The spans of both services hang together, from the route down to the other's."""
    spans = traces[PAID]
    below = depth(spans)

    assert [0, 1, 2, 3] == [below[span.id] for span in spans]
    assert ["orders", "orders", "orders", "payments"] == [s.service for s in spans]
    assert ["usr-7"] == [s.attributes["user.id"] for s in spans if is_ours(s)]
    rows = [f"{s.service:<10}{'  ' * below[s.id]}{s.name}" for s in spans]
    output.check("observability/tracing/trace.out", "\n".join(rows))


@pytest.mark.proves("trace-context")
def test_a_trace_that_began_elsewhere_goes_on(traces: Traces) -> None:
    """A request that comes with a traceparent stays in its trace."""
    first = traces[PAID][0]

    assert UPSTREAM == f"00-{first.trace}-{first.parent}-01"
    assert "" == traces[CRASHED][0].parent


@pytest.mark.proves("trace-context")
def test_the_shop_that_is_traced_sells() -> None:
    """A card is charged once, a card at its limit is declined, and the log says which."""
    module = "snippets.observability.tracing"
    with Collector() as collector:
        there = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with (
            Service(f"{module}.payments", "", **there) as payments,
            Service(
                f"{module}.orders", "", PAYMENTS=payments.address, **there
            ) as orders,
        ):
            paid, declined, crashed = (
                httpx.post(
                    f"{orders.address}/orders/{order}/payment",
                    headers={"User-Id": "usr-7"},
                )
                for order in (PAID, DECLINED, CRASHED)
            )
            charged = httpx.post(f"{payments.address}/charges/{PAID}")
            sold, taken = orders.stop(), payments.stop()

    assert (200, {"paid": PAID}) == (paid.status_code, paid.json())
    assert (201, {"charged": PAID}) == (charged.status_code, charged.json())
    assert {"detail": "the card was declined"} == declined.json()
    assert (402, 500) == (declined.status_code, crashed.status_code)
    said = [x for x in sold if x["event"] == "order_paid"]
    assert [(PAID, "usr-7")] == [(x["order_id"], x["user_id"]) for x in said]
    assert [PAID] * 2 == [x["order_id"] for x in taken if x["event"] == "card_charged"]


def seen(submit: Callable[..., object]) -> tuple[str, str]:
    """Give the trace of a caller, and the trace that its thread sees."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer(__name__)
    ids = []

    def task(_argument: str) -> None:
        ids.append(trace.get_current_span().get_span_context().trace_id)

    with tracer.start_as_current_span("a"), ThreadPoolExecutor(1) as pool:
        task("")
        submit(pool, task, "")
    mine, threads = ids
    return trace.format_trace_id(mine), trace.format_trace_id(threads)


@pytest.mark.proves("trace-context")
def test_a_thread_belongs_to_the_trace_of_its_caller() -> None:
    """Work that is submitted with its context sees the span of the caller."""
    mine, the_threads = seen(threads.submit)

    assert mine == the_threads


@pytest.mark.harm("trace-context")
def test_a_thread_pool_drops_the_trace(output: Output) -> None:
    """Work that is submitted as usual sees no span at all."""
    mine, the_threads = seen(threads_dont.submit)

    assert mine != the_threads
    assert 0 == int(the_threads, base=16)
    rows = [f'caller: "trace_id": "{mine}"', f"thread: trace_id {the_threads}"]
    output.check("observability/tracing/threads_dont.out", "\n".join(rows))


def test_without_a_provider_a_span_records_nothing() -> None:
    """A tracer that nobody has configured hands out spans that nobody will see."""
    with trace.NoOpTracerProvider().get_tracer("a").start_as_current_span("a") as none:
        assert not none.is_recording()


def charge(service: Service) -> None:
    """Send some requests."""
    with httpx.Client(base_url=service.address) as client:
        for _ in range(REQUESTS):
            client.post("/charges/ord-1").raise_for_status()


@pytest.fixture(scope="module")
def flushed() -> int:
    """Count the spans that arrive when the service flushes."""
    module = "snippets.observability.tracing.payments"
    return arrived(module, f"{__name__}.flushed")


@pytest.fixture(scope="module")
def unflushed() -> int:
    """Count the spans that arrive when nobody does."""
    module = "tests.observability.unflushed_service"
    return arrived(module, f"{__name__}.unflushed")


def arrived(module: str, fixture: str) -> int:
    """Charge, end the service with SIGTERM, and count what the collector has."""
    with Collector() as collector:
        there = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with Service(module, fixture, **there) as service:
            charge(service)
            service.end()
        return len(collector.spans)


@pytest.mark.proves("flush-spans")
def test_no_span_is_lost_at_shutdown(flushed: int) -> None:
    """The spans of requests that were answered just before SIGTERM all arrive."""

    assert REQUESTS == flushed


@pytest.mark.harm("flush-spans")
def test_atexit_is_too_late(unflushed: int, output: Output) -> None:
    """Under uvicorn a SIGTERM ends the process without what atexit would have done."""

    assert 0 == unflushed
    rows = [f"requests answered   {REQUESTS}", f"spans received      {unflushed}"]
    output.check("observability/tracing/exporting_dont.out", "\n".join(rows))


@pytest.mark.proves("flush-spans")
def test_a_collector_that_is_away_does_not_hold_the_service() -> None:
    """With nobody listening for spans, requests are answered and SIGTERM still ends it."""
    with Collector() as collector:
        nobody = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
    settings = environment("observability/tracing/telemetry.yaml") | nobody
    module = "snippets.observability.tracing.payments"
    with Service(module, f"{__name__}.nobody", **settings) as service:
        charge(service)
        start = perf_counter()
        service.end()

    assert "Application shutdown complete" in service.output
    assert perf_counter() - start < 5
