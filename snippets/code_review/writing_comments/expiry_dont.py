"""Which flags are out of order, with a stricter last day."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from snippets.delivery.feature_flags.expiry import LONGEST, last_day


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
        elif last <= today:
            yield f"{key}: over since {last}: {owner}, delete it"
        elif last > today + timedelta(days=LONGEST[kind]):
            yield f"{key}: {last} is too far: {LONGEST[kind]} days"
