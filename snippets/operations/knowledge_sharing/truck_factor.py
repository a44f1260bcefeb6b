"""How many people have to leave before most of it is a riddle."""

from collections import Counter
from collections.abc import Mapping
from itertools import chain


def truck_factor(known: Mapping[str, set[str]]) -> list[str]:
    """Let people leave until more than half of it is known by nobody.

    At each step whoever knows most leaves. This is the heuristic of
    Avelino and others, 2016; they take it over files and authors.

    Args:
        known: Who knows each system.

    Returns:
        Who leaves, in order: their number is the truck factor.
    """
    gone = list[str]()
    while known and 2 * len(lost(known, {*gone})) <= len(known):
        left = Counter(chain.from_iterable(known.values()))
        names = sorted(left.keys() - {*gone})
        gone.append(max(names, key=left.__getitem__))
    return gone


def lost(known: Mapping[str, set[str]], gone: set[str]) -> list[str]:
    """List the systems that nobody knows, once these people left."""
    return [name for name, people in known.items() if people <= gone]
