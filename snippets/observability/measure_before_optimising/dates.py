"""Something to time: reading the dates of a log."""

from datetime import datetime

ROWS = [f"23/Nov/2026:09:30:{n:02} +0000" for n in range(10)]


def read_dates() -> list[datetime]:
    """Read ten dates."""
    return [
        datetime.strptime(row, "%d/%b/%Y:%H:%M:%S %z") for row in ROWS
    ]
