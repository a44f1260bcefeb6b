"""How long a server asks to wait."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(value: str, now: datetime) -> float:
    """Read how many seconds a server asks for.

    Args:
        value: The header, in seconds or as a date; empty if not sent.
        now: The time, with a time zone.
    """
    seconds = 0.0
    if value:
        if value.isascii() and value.isdecimal():
            seconds = float(value)
        else:
            try:
                until = parsedate_to_datetime(value)
            except (ValueError, OverflowError):
                seconds = 0.0
            else:
                until = until.replace(tzinfo=UTC)
                if until > now:
                    seconds = (until - now).total_seconds()
                else:
                    seconds = 0.0
    return seconds
