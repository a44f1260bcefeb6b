"""Who is on call when, counted in steps of twelve hours."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import cycle, islice
from zoneinfo import ZoneInfo

from snippets.operations.on_call.load import Shift


def rotation(
    people: Sequence[str], first: date, days: int, zone: ZoneInfo
) -> Iterator[Shift]:
    """Give the shifts of a rotation, each twelve hours long."""
    begin = datetime.combine(first, time(9), zone).astimezone(
        ZoneInfo("UTC")
    )
    for person in islice(cycle(people), 2 * days):
        yield Shift(person, begin, begin + timedelta(hours=12))
        begin += timedelta(hours=12)
