"""Receive spans as a collector does: OTLP over HTTP, in protobuf."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.loopback import Loopback

if TYPE_CHECKING:
    from tests.loopback import Request

PROTOBUF = "application/x-protobuf"
ERROR = 2  # the status code of a span that failed, in OTLP's enumeration


@dataclass(frozen=True)
class Span:
    """A span as it was received.

    Attributes:
        resource: The attributes of the process that sent it.
        scope: The library that made it.
        parent: The ID of its parent; empty if it is a root.
    """

    name: str
    kind: int
    status: int
    trace: str
    id: str
    parent: str
    scope: str
    duration: float
    attributes: dict[str, Any] = field(repr=False)
    resource: dict[str, Any] = field(repr=False)
    events: list[str] = field(repr=False)
    schema: str = field(repr=False)

    @property
    def service(self) -> str:
        """The service that sent it."""
        return str(self.resource["service.name"])


class Collector(Loopback):
    """A server on the loopback address that keeps every span it is sent."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        super().__init__()

    def answer(self, request: Request) -> None:
        """Keep the spans of a message, which must be in the form of the standard."""
        body = request.body()
        if request.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        assert "/v1/traces" == request.path
        assert PROTOBUF == request.headers["Content-Type"]
        self.spans += read(ExportTraceServiceRequest.FromString(body))
        answer = ExportTraceServiceResponse().SerializeToString()
        request.reply(200, answer, {"Content-Type": PROTOBUF})

    def traces(self) -> dict[str, list[Span]]:
        """Give the spans by trace, in the order in which they began."""
        found: dict[str, list[Span]] = {}
        for span in self.spans:
            found.setdefault(span.trace, []).append(span)
        return found


def read(request: ExportTraceServiceRequest) -> list[Span]:
    """Read the spans of one message."""
    return [
        Span(
            name=span.name,
            kind=span.kind,
            status=span.status.code,
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            scope=scope.scope.name,
            duration=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
            attributes=values(span.attributes),
            resource=values(resource.resource.attributes),
            events=[event.name for event in span.events],
            schema=scope.schema_url,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def values(pairs: Any) -> dict[str, Any]:  # noqa: ANN401 # protobuf's containers
    """Read attributes, each of one type or another."""
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs
    }
