"""Name a second person for what only one knows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

ENOUGH: Final = 2  # people who know a system


def seconds(
    known: Mapping[str, set[str]], team: Iterable[str]
) -> dict[str, str]:
    """Name who makes the next changes in each system that needs it.

    A system needs somebody while fewer than two know it, and gets
    whoever knows fewest of all, or is named for fewest.

    Args:
        known: Who knows each system.
        team: Who is here, in the order in which equals are named.

    Returns:
        The second person, by system.
    """
    has = Counter(chain.from_iterable(known.values()))
    named = {}
    for system, people in known.items():
        if len(people) < ENOUGH:
            others = [name for name in team if name not in people]
            named[system] = min(others, key=has.__getitem__)
            has[named[system]] += 1
    return named
