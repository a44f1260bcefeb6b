"""Who is on call when, by the clock on the wall."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice
from zoneinfo import ZoneInfo

from snippets.operations.on_call.load import Shift


def rotation(
    people: Sequence[str],
    first: date,
    days: int,
    zone: ZoneInfo,
    handover: Sequence[time] = (time(9), time(21)),
) -> Iterator[Shift]:
    """Give the shifts of a rotation, without gap or overlap.

    Args:
        people: In the order of their turns.
        first: The day on which it begins.
        days: How many days it lasts.
        zone: Where the people live.
        handover: When one takes over from the other, each day.
    """
    moments = [
        datetime.combine(first + timedelta(day), at, zone)
        for day in range(days)
        for at in handover
    ]
    after = first + timedelta(days)
    moments.append(datetime.combine(after, handover[0], zone))
    turns = islice(cycle(people), len(moments) - 1)
    for person, begin, end in zip(
        turns, moments, moments[1:], strict=False
    ):
        yield Shift(person, begin.astimezone(UTC), end.astimezone(UTC))
