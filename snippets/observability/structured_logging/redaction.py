"""A secret does not leave the process in a log line."""

from collections.abc import Mapping

from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

SENSITIVE = (
    "api_key",
    "authorization",
    "card_number",
    "connection_string",
    "cookie",
    "database_url",
    "password",
    "secret",
    "session",
    "token",
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
        key: The name that it is logged under; one that contains a
            sensitive word is masked, such as `X-Api-Key`.
        value: Anything; mappings, lists and tuples are searched.
    """
    name = key.lower().replace("-", "_")
    if any(word in name for word in SENSITIVE):
        return "[redacted]"
    if isinstance(value, Mapping):
        return {str(k): mask(str(k), v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(key, item) for item in value]
    return value
