"""Find the pages that nobody has reviewed for a year."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from handbook.practices import front_matter, pages

if TYPE_CHECKING:
    from pathlib import Path


def today() -> date:
    """Give the day of the build: that of SOURCE_DATE_EPOCH if it is set."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return datetime.fromtimestamp(seconds, UTC).date()


def is_overdue(reviewed: date, day: date) -> bool:
    """Say whether more than twelve months have passed since a review."""
    return (day.year - 1, day.month, day.day) > (
        reviewed.year,
        reviewed.month,
        reviewed.day,
    )


def stale(root: Path, day: date) -> list[str]:
    """List the pages whose review is overdue, the oldest first, with what to do."""
    found = []
    for file in pages(root):
        reviewed = front_matter(file)["reviewed"]
        if is_overdue(reviewed, day):
            page = f"docs/{file.relative_to(root / 'docs').as_posix()}"
            found.append((reviewed, page))
    return [
        f"{page}:1: last reviewed on {reviewed}: check its claims and its sources,"
        f" mend it, and write reviewed: {day}"
        for reviewed, page in sorted(found)
    ]
