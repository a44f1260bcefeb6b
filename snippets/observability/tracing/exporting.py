"""Every span leaves the process, the last ones included."""

from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
    OTLPSpanExporter,
)
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


@asynccontextmanager
async def tracing(_app: FastAPI) -> AsyncIterator[None]:
    """Export spans while the application runs, and flush at its end.

    The environment names the service (`OTEL_SERVICE_NAME`) and the
    collector (`OTEL_EXPORTER_OTLP_ENDPOINT`).
    """
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    HTTPXClientInstrumentor().instrument()
    try:
        yield
    finally:
        await to_thread(provider.shutdown)  # sends what still waits
