"""Let whoever is fastest do it."""

from collections.abc import Mapping


def fastest(
    system: str, known: Mapping[str, set[str]], load: Mapping[str, int]
) -> str:
    """Choose who makes a change: of those who know it, the freest."""
    return min(known[system], key=lambda name: (load[name], name))
