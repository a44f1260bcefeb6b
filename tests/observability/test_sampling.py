"""Two services sample the same traces, and we count which are whole."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from snippets.observability.sampling import sampler, sampler_dont
from snippets.observability.sampling.sampler import chance_of_none

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.sdk.trace.sampling import Sampler

    from handbook.outputs import Output

REQUESTS = 1000
ORDERS, PAYMENTS = 0.5, 0.1  # the share that each can afford


class Node:
    """A service that keeps the spans it samples."""

    def __init__(self, sampling: Sampler) -> None:
        self.kept = InMemorySpanExporter()
        provider = TracerProvider(sampling, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.kept))
        self.tracer = provider.get_tracer(__name__)

    def handle(self, headers: dict[str, str]) -> dict[str, str]:
        """Handle a request, and give the headers of the next."""
        sent: dict[str, str] = {}
        with self.tracer.start_as_current_span("handle", extract(headers)):
            inject(sent)
        return sent

    def traces(self) -> set[int]:
        """Give the traces of which something was kept."""
        spans = self.kept.get_finished_spans()
        contexts = [span.get_span_context() for span in spans]
        return {context.trace_id for context in contexts if context}


def keep(sampling: Callable[[float], Sampler]) -> tuple[set[int], set[int]]:
    """Send requests through both services, and give what each has kept."""
    random.seed(7)  # the IDs of traces are drawn from it
    orders, payments = Node(sampling(ORDERS)), Node(sampling(PAYMENTS))
    for _ in range(REQUESTS):
        payments.handle(orders.handle({}))
    return orders.traces(), payments.traces()


@pytest.mark.proves("sample-whole-traces")
def test_what_the_first_service_keeps_is_kept_whole() -> None:
    """The second service keeps exactly the traces that the first has kept."""
    orders, payments = keep(sampler.sampler)

    assert orders == payments
    assert 0.45 < len(orders) / REQUESTS < 0.55


@pytest.mark.harm("sample-whole-traces")
def test_shares_of_their_own_break_traces(output: Output) -> None:
    """Where each service decides, four of five traces lack the second service."""
    mine, theirs = keep(sampler_dont.sampler)
    kept, whole = keep(sampler.sampler)

    assert len(mine & theirs) < 0.3 * len(mine)
    rows = [f"{REQUESTS:,} requests       kept   whole   broken"]
    for name, some, both in (
        ("the first decides", kept, kept & whole),
        ("each decides", mine | theirs, mine & theirs),
    ):
        broken = len(some) - len(both)
        rows.append(f"{name:<20} {len(some):>4} {len(both):>7} {broken:>8}")
    output.check("observability/sampling/sampler_dont.out", "\n".join(rows))


@pytest.mark.proves("sample-whole-traces")
def test_a_rare_fault_leaves_no_trace(output: Output) -> None:
    """The chance that nothing was kept falls with the share and with the failures."""
    rows = [f"{'kept':>5} {'10 failed':>11} {'100 failed':>11} {'1,000 failed':>13}"]
    for share in (0.1, 0.01, 0.001):
        ten, hundred, thousand = (chance_of_none(share, n) for n in (10, 100, 1000))
        rows.append(f"{share:>5.1%} {ten:>11.1%} {hundred:>11.1%} {thousand:>13.1%}")

    assert 1 == chance_of_none(0, failures=10)
    assert 0 == chance_of_none(1, failures=1)
    assert 0.25 == chance_of_none(0.5, failures=2)
    output.check("observability/sampling/missed.out", "\n".join(rows))
