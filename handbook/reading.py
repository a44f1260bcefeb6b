"""Estimate how long a page takes to read."""

from __future__ import annotations

import re
from difflib import get_close_matches
from math import ceil
from typing import TYPE_CHECKING, Final

from handbook.checks import words
from handbook.errors import HandbookError
from handbook.practices import pages
from handbook.sources import DIRECTIVE, RefusalError, resolve

if TYPE_CHECKING:
    from pathlib import Path

READ: Final = re.compile(r"^<!-- read:(?P<pages>[ a-z0-9/-]+)-->$")
WORDS: Final = 238  # a minute: adults, silently, non-fiction (Brysbaert 2019)
LINES: Final = 20  # a minute: a guess, of code that is read and not run


def minutes(root: Path, page: str) -> int:
    """Estimate the minutes that a page takes.

    Args:
        root: The root of the project.
        page: A page, relative to `docs/`.

    Returns:
        Whole minutes, at least one.
    """
    text = (root / "docs" / page).read_text(encoding="utf-8")
    lines = sum(shown(root, ref) for ref in DIRECTIVE.findall(text))
    return max(1, ceil(words(text) / WORDS + lines / LINES))


def shown(root: Path, ref: str) -> int:
    """Count the lines of an embed; a drawing and what is refused have none."""
    try:
        embed = resolve(root, ref)
        return 0 if embed.language == "svg" else len(embed.lines)
    except RefusalError:  # the fence itself shows it
        return 0


def check_read(root: Path) -> None:
    """See that every page of a reading path is there.

    Raises:
        HandbookError: One is not.
    """
    docs = root / "docs"
    known = [f.relative_to(docs).with_suffix("").as_posix() for f in pages(root)]
    for file in pages(root):
        for number, row in enumerate(file.read_text("utf-8").split("\n"), 1):
            asked = match["pages"].split() if (match := READ.match(row)) else []
            for name in (name for name in asked if name not in known):
                near = get_close_matches(name, known, 1)
                hint = f"do you mean {near[0]}?" if near else "write chapter/page"
                where = f"docs/{file.relative_to(docs).as_posix()}:{number}"
                raise HandbookError(f"{where}: no page is {name!r}: {hint}")
