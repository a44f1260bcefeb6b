"""Every line of the process is one JSON object on stdout."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from snippets.observability.structured_logging.redaction import (
    TRACEBACKS,
    redact,
)
from snippets.observability.structured_logging.trace_ids import (
    add_trace_ids,
)


def configure_logging(level: int = logging.INFO) -> None:
    """Send structlog and the standard library down one chain.

    Args:
        level: The lowest level that is written.
    """
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(TRACEBACKS),
        add_trace_ids,
    ]
    formatter = structlog.stdlib.ProcessorFormatter
    structlog.configure(
        processors=[*chain, formatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        formatter(
            foreign_pre_chain=[*chain, structlog.stdlib.ExtraAdder()],
            processors=[
                formatter.remove_processors_meta,
                drop_colours,
                redact,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.raiseExceptions = False  # it would print the values


def drop_colours(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> EventDict:
    """Drop the coloured copy of its message that uvicorn adds."""
    event.pop("color_message", None)
    return event
