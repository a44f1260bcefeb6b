"""A diff that a page shows is made from two versions that tests have run."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from handbook.sources import RefusalError, resolve, sides

if TYPE_CHECKING:
    from pathlib import Path


def difference(root: Path, text: str, shown: str) -> str:
    """Make a diff again, from the two versions that its header names.

    Args:
        root: The root of the project.
        text: The diff, or its first two lines.
        shown: Its path, for the message.

    Returns:
        A unified diff, its lines numbered from the start of what is named.

    Raises:
        RefusalError: A version is not there, or both are the same.
    """
    names = sides(text, shown)
    before, after = (resolve(root, name).text.split("\n") for name in names)
    rows = difflib.unified_diff(before, after, *names, lineterm="")
    if not (made := "\n".join(rows)):
        raise RefusalError(f"{shown}:1: both versions are the same")
    return made
