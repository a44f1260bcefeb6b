"""Receive spans as a collector does: OTLP over HTTP, in protobuf."""

from __future__ import annotations

import gzip
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

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


class Collector(AbstractContextManager["Collector"]):
    """A server on the loopback address that keeps every span it is sent."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                request = ExportTraceServiceRequest.FromString(body)
                assert (self.path, self.headers["Content-Type"]) == (
                    "/v1/traces",
                    "application/x-protobuf",
                )
                collector.spans += read(request)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def traces(self) -> dict[str, list[Span]]:
        """Give the spans by trace, in the order in which they began."""
        found: dict[str, list[Span]] = {}
        for span in self.spans:
            found.setdefault(span.trace, []).append(span)
        return found

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


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
