"""Two services that trace themselves, and the collector that they send to."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import yaml

from tests.otlp import Collector, Span
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterable

SNIPPETS = Path(__file__).parents[2] / "snippets"
PAID, DECLINED, CRASHED = "ord-1", "ord-2", "ord-3"
UPSTREAM = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def sell(
    fixture: str,
    settings: str = "observability/tracing/telemetry.yaml",
    orders: str = "snippets.observability.tracing.orders",
    sold: Iterable[str] = (PAID, DECLINED, CRASHED),
) -> dict[str, list[Span]]:
    """Order what is paid, declined and crashes, and give the spans of each.

    Args:
        fixture: Whose tests are credited, as `module.name`.
        settings: The snippet that says how orders send their spans.
        orders: The module that serves them.
        sold: Which orders; the first belongs to a trace that began elsewhere.
    """
    spans: dict[str, list[Span]] = {}
    with ExitStack() as stack:
        collector = stack.enter_context(Collector())
        there = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        service = "snippets.observability.tracing.payments"
        named = {**there, "OTEL_SERVICE_NAME": "payments"}
        payments = stack.enter_context(Service(service, fixture, **named))
        settled = environment(settings) | there | {"PAYMENTS": payments.address}
        shop = stack.enter_context(Service(orders, fixture, **settled))
        for order in sold:
            headers = {"User-Id": "usr-7"}
            if not spans:
                headers["traceparent"] = UPSTREAM
            httpx.post(f"{shop.address}/orders/{order}/payment", headers=headers)
            spans[order] = []
        shop.end()
        payments.end()
    for trace in collector.traces().values():
        order = next(s.attributes["order.id"] for s in trace if is_ours(s))
        spans[order] = ordered(trace)
    return spans


def is_ours(span: Span) -> bool:
    """Say whether a handler made a span itself."""
    return span.name == "process_order"


def environment(settings: str) -> dict[str, str]:
    """Read the variables that a ConfigMap sets."""
    data: dict[str, Any] = yaml.safe_load((SNIPPETS / settings).read_text("utf-8"))
    return {name: str(value) for name, value in data["data"].items()}


def ordered(spans: list[Span]) -> list[Span]:
    """Put each span after its parent."""
    depths = depth(spans)
    return sorted(spans, key=lambda span: depths[span.id])


def depth(spans: list[Span]) -> dict[str, int]:
    """Give the number of spans above each."""
    parents = {span.id: span.parent for span in spans}

    def above(span: str) -> int:
        return 1 + above(parents[span]) if parents.get(span) in parents else 0

    return {span: above(span) for span in parents}
