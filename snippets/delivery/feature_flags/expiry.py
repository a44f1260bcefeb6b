"""Which flags are out of order, and until when each may live."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

LONGEST = {  # days that a flag of a type may still have
    "release": 90,
    "experiment": 90,
    "ops": 365,
    "permission": 365,
}


def last_day(flag: dict[str, Any]) -> date | None:
    """Read the last day of a flag; nothing if it has none."""
    try:
        return date.fromisoformat(str(flag.get("expires")))
    except ValueError:
        return None


def faults(config: dict[str, Any], today: date) -> Iterator[str]:
    """Say what is wrong with a file of flags, and how to mend it.

    Args:
        config: The file, parsed.
        today: The date; a flag may live through its last day.
    """
    for key, flag in config["flags"].items():
        kind, owner = flag.get("type"), flag.get("owner")
        last = last_day(flag)
        if key in config.get("retired", ()):
            yield f"{key}: was used before: take a new name"
        if kind not in LONGEST:
            yield f"{key}: type is none of {', '.join(LONGEST)}"
        elif not owner:
            yield f"{key}: has no owner: name a team"
        elif not last:
            yield f"{key}: expires must be a day, as 2027-01-31"
        elif last < today:
            yield f"{key}: over since {last}: {owner}, delete it"
        elif last > today + timedelta(days=LONGEST[kind]):
            yield f"{key}: {last} is too far: {LONGEST[kind]} days"
