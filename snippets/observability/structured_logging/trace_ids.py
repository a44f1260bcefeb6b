"""A line leads to the trace in which it was written."""

from opentelemetry import trace
from structlog.typing import EventDict, WrappedLogger


def trace_ids() -> dict[str, str]:
    """Give the IDs of the current span; nothing outside of one."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(span.trace_id),
        "span_id": trace.format_span_id(span.span_id),
    }


def add_trace_ids(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> EventDict:
    """Add them to an event."""
    return {**event, **trace_ids()}
