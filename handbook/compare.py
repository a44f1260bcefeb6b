"""Compare what two generators make of the same sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handbook.gate import check_site

if TYPE_CHECKING:
    from pathlib import Path


def compare(root: Path, one: Path, other: Path) -> list[str]:
    """Say where two builds show different pages, blocks or captions.

    Args:
        root: The root of the project.
        one: A built site.
        other: The same, built by another generator.
    """
    left, problems = check_site(root, one)
    right, more = check_site(root, other)
    problems += more
    for page in left.keys() & right.keys():
        pairs = {
            "blocks": (left[page].embeds, right[page].embeds),
            "captions": (left[page].captions, right[page].captions),
            "terms": (left[page].terms, right[page].terms),
            "untested blocks": (left[page].untested, right[page].untested),
        }
        for name, (these, those) in pairs.items():
            if these != those:
                odd = [x for x in [*these, *those] if (x in these) != (x in those)]
                problems.append(f"docs/{page}:1: {name} differ: {odd or 'their order'}")
    return sorted(problems)
