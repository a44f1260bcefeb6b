"""A secret does not leave the process in a log line."""

from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

SENSITIVE = frozenset(
    {
        "api_key",
        "authorization",
        "cookie",
        "password",
        "secret",
        "set-cookie",
        "token",
    }
)

TRACEBACKS = ExceptionDictTransformer(show_locals=False)


def redact(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> EventDict:
    """Mask the value of every sensitive key, however deep it lies."""
    return {key: mask(key, value) for key, value in event.items()}


def mask(key: str, value: object) -> object:
    """Give the value, or what may be shown of it.

    Args:
        key: The name that it is logged under, in any case.
        value: Anything; dicts, lists and tuples are searched.
    """
    if key.lower() in SENSITIVE:
        return "[redacted]"
    if isinstance(value, dict):
        return {str(k): mask(str(k), v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(key, item) for item in value]
    return value
