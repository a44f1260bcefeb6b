"""The sources that the footnotes of all pages cite."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from handbook.practices import chapters, pages

if TYPE_CHECKING:
    from pathlib import Path

FOOTNOTE: Final = re.compile(r"^\[\^(?P<name>[\w-]+)\]: (?P<text>.+)$", re.MULTILINE)
LINK: Final = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])+\]\((?P<url>https?://[^)\s]+)\)")
OTHER: Final = re.compile(r"[;.] (?:of )?([\w@.+ ]+, )$")  # "; Go, " before a link
SAME: Final = "The same"  # a footnote that goes on from the one before it


@dataclass
class Source:
    """What a footnote names.

    Attributes:
        text: Author, work and title with its address, in Markdown.
        cited: The first footnote of each page that names it, `chapter/page.md#fn:name`.
    """

    text: str
    cited: list[str] = field(default_factory=list)


def citations(root: Path) -> dict[str, list[Source]]:
    """Gather every source once, in the first chapter that cites it.

    Returns:
        The sources by the folder of the chapter, in the order of their texts.
    """
    found: dict[str, Source] = {}
    first: dict[str, list[Source]] = {chapter: [] for chapter in chapters(root)}
    places = {chapter: place for place, chapter in enumerate(first)}
    files = [(f.relative_to(root / "docs").as_posix(), f) for f in pages(root)]
    files.sort(key=lambda pair: places.get(pair[0].partition("/")[0], len(places)))
    for page, file in files:
        for name, key, text in _named(file.read_text(encoding="utf-8")):
            if key not in found:
                found[key] = Source(text)
                first.setdefault(page.partition("/")[0], []).append(found[key])
            if not any(cited.startswith(f"{page}#") for cited in found[key].cited):
                found[key].cited.append(f"{page}#fn:{name}")
    return {
        chapter: sorted(sources, key=lambda source: _letters(source.text))
        for chapter, sources in first.items()
        if sources
    }


def _named(page: str) -> list[tuple[str, str, str]]:
    """List what the footnotes of a page name: footnote, what tells it apart, text."""
    rows: list[tuple[str, str, str]] = []
    works: dict[str, str] = {}  # by host, what stood before a link
    for note in FOOTNOTE.finditer(page):
        name, text = note["name"], note["text"]
        links = list(LINK.finditer(text))
        work, end = "", 0
        for link in links:
            before, host = text[end : link.start()], urlsplit(link["url"]).netloc
            if end == 0:
                work = works.get(host, "") if before.startswith(SAME) else before
            elif other := OTHER.search(before):
                work = other[1]
            works[host], end = work, link.end()
            rows.append((name, link["url"], work + link[0]))
        if not links and not text.startswith(SAME):
            rows.append((name, text, text))
    return rows


def _letters(text: str) -> str:
    return re.sub(r"[^\w ]", "", text).lower()
