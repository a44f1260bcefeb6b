"""The timeline of an incident, from the service's own log."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Line = Mapping[str, Any]


class Moment(NamedTuple):
    """Something that happened.

    Attributes:
        at: When, in UTC, as the log says it.
        what: In words.
    """

    at: str
    what: str


def timeline(log: Iterable[Line]) -> Iterator[Moment]:
    """Give the first of each kind of event, in order of time.

    Args:
        log: Lines of the service and of its jobs, each with
            `timestamp` and `event`.
    """
    told = set()
    for line in sorted(log, key=lambda line: line["timestamp"]):
        what = words(line, began="payment waits" in told)
        if what and what not in told:
            told.add(what)
            yield Moment(line["timestamp"], what)


def words(line: Line, *, began: bool) -> str:
    """Say what a line means; nothing if it is none of the incident.

    Args:
        line: A line of the log.
        began: Whether a payment waits already.
    """
    event = line["event"]
    if " 503 " in event:  # and not a port
        return "provider answers 503"
    if event == "payment_pending":
        opened = "CircuitBreakerError" in line["error"]
        return "circuit opens" if opened else "payment waits"
    if "200 OK" in event and began:
        return "provider answers 200 again"
    if event == "settled":
        return f"{line['tried']} payments settled"
    return ""


def impact(log: Iterable[Line]) -> tuple[int, int]:
    """Count the orders that waited, and the charges, late ones too."""
    events = [line["event"] for line in log]
    waited = events.count("payment_pending")
    charged = sum("200 OK" in event for event in events)
    return waited, charged
