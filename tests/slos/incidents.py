"""Incidents, as the counters of a service show them minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from tests.slos.promtool import HISTORY, notation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Values = Sequence[float | None]

OUTAGE, BLEED = 20, 240  # minutes that they last


@dataclass(frozen=True)
class Incident:
    """What happens, and when to look.

    Attributes:
        answered: Gives the requests that succeed and fail in a minute, counted from
            the incident's begin: 1 is the first bad one.
        changed: What becomes of the two counters.
        minutes: When something changes; the minute before is looked at too.
    """

    answered: Callable[[int], tuple[int, int]]
    minutes: Sequence[int]
    changed: Callable[[Values, int], Values] = lambda values, _: values
    unborn: bool = False  # no request ever failed before

    def series(self, minute: int) -> dict[str, str]:
        """Give the samples of three days, up to a minute of the incident."""
        counters = self.counters(minute, HISTORY - minute)
        return {name: notation(values) for name, values in counters.items()}

    def counters(self, minute: int, history: int) -> dict[str, Values]:
        """Give both counters, from some minutes before the incident."""
        begin = history
        counted = [(0, 0)]
        counted += [self.answered(i - begin) for i in range(1, begin + minute + 1)]
        well = [*accumulate(n for n, _ in counted)]
        failed: Values = [*accumulate(n for _, n in counted)]
        if self.unborn:
            failed = [n or None for n in failed]
        found = {"200": self.changed(well, begin)}
        if any(failed):
            found["500"] = self.changed(failed, begin)
        return {
            f'http_requests_total{{job="orders",status="{status}"}}': values
            for status, values in found.items()
        }


def during(
    length: int, failed: int, traffic: int = 100, first: int | None = None
) -> Callable[[int], tuple[int, int]]:
    """Let some of the requests fail in the minutes of an incident.

    Args:
        length: How many minutes.
        failed: In each of them.
        traffic: All requests of a minute.
        first: Fail in the first and after the last minute: it began within one.
    """

    def answered(minute: int) -> tuple[int, int]:
        bad = failed if 1 <= minute <= length else 0
        if first is not None and minute in {1, length + 1}:
            bad = first
        return traffic - bad, bad

    return answered


def restarted(values: Values, begin: int) -> Values:
    """Let a counter begin at 0 again, in the tenth minute."""
    begin += 10
    if begin >= len(values):
        return values
    lost = values[begin - 1] or 0
    return [*values[:begin], *((n or 0) - lost for n in values[begin:])]


def gone(values: Values, begin: int) -> Values:
    """Let nobody scrape the service any more."""
    return [*values[: begin + 1], *(None for _ in values[begin + 1 :])]


def unasked(minute: int) -> tuple[int, int]:
    """Let nobody ask for anything."""
    return (0, 0) if minute > 0 else (100, 0)


INCIDENTS: Final[Mapping[str, Incident]] = {
    "all fail for 20 min": Incident(during(OUTAGE, 100), (1, 3, 5, 25, 50, 140, 380)),
    "2 % fail for 4 h": Incident(
        during(BLEED, 2, first=1), (44, 109, 217, 242, 262, 343, 583)
    ),
    "10 % fail for 1 min": Incident(during(1, 10), (1, 2, 5)),
    "1 of 1 a minute fails": Incident(during(1, 1, traffic=1), (1, 6, 31)),
    "all fail for 2 h": Incident(during(120, 100), ()),
    "nobody asks": Incident(unasked, (1, 10)),
    "all fail, the first 500": Incident(
        during(OUTAGE, 100), (2, 3, 5, 25, 50, 140, 380), unborn=True
    ),
    "all fail, and restart": Incident(
        during(OUTAGE, 100), (1, 3, 5, 25, 50, 140, 380), restarted
    ),
    "it is not scraped": Incident(during(0, 0), (1, 10), gone),
}
