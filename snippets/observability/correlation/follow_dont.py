"""The lines that were written at about that time."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

Line = Mapping[str, Any]
ABOUT = timedelta(seconds=1)


def around(lines: Iterable[Line], moment: datetime) -> list[Line]:
    """Take the lines of one second before and after."""
    times = ((datetime.fromisoformat(x["timestamp"]), x) for x in lines)
    return [line for at, line in times if abs(at - moment) <= ABOUT]
