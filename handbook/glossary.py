"""Markdown extension: where a term of the glossary lands, its meaning is at hand.

The glossary is a page, and the page is the list: a definition list, in which each
meaning is a sentence or two and ends in a link to the page that explains it. A word
with another sense elsewhere has brackets behind it, `Span (of a trace)`, and is
marked only in the chapter of that page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element

from markdown import Extension
from markdown.extensions.toc import slugify
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from handbook.builders import page_of
from handbook.errors import HandbookError
from handbook.practices import pages
from handbook.sources import read

if TYPE_CHECKING:
    from markdown import Markdown

PAGE: Final = "reference/glossary.md"
ENTRY: Final = re.compile(r"(?:^\w.*\n)+^:   .*$", re.MULTILINE)
MEANING: Final = re.compile(
    r":   (?P<meaning>[^\[\]<>&]+\.) \[[^\]]+\]\((?P<link>[^)#]+)(?:#[^)]+)?\)"
)
APART: Final = {  # what is read as a whole: a name, a link, code, what folds
    "a", "abbr", "button", "code", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "pre", "script", "style", "summary", "svg",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """An entry of the glossary.

    Attributes:
        terms: The words that have this meaning.
        meaning: What they mean, in plain words.
        page: The page that explains them, relative to `docs/`.
        line: Where it stands on its page, from 1.
    """

    terms: tuple[str, ...]
    meaning: str
    page: str
    line: int

    def lands_on(self, page: str) -> bool:
        """Say whether the words have this meaning on a page."""
        chapter = self.page.partition("/")[0]
        return not self.terms[0].endswith(")") or page.startswith(f"{chapter}/")


class GlossaryExtension(Extension):
    """Say what a term means where it first lands: once above, and once in each section.

    Args:
        root: The folder that holds `docs/`.
    """

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 # Markdown's
        self.config = {"root": [".", "the folder that holds docs/"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 # Markdown's name
        """Run when the text is marked up, and before what we add to headings."""
        md.treeprocessors.register(_Terms(md, self.getConfigs()), "glossary", 7)


def makeExtension(**kwargs: Any) -> GlossaryExtension:  # noqa: N802, ANN401 # Markdown's name
    """Build the extension, as Markdown asks for it."""
    return GlossaryExtension(**kwargs)


def glossary(root: Path) -> list[Entry]:
    """Read the glossary; a project may have none.

    Raises:
        HandbookError: An entry is not written as the others, or stands twice.
    """
    file = root / "docs" / PAGE
    return _read(file, file.stat().st_mtime_ns) if file.is_file() else []


@lru_cache(maxsize=2)
def _read(file: Path, _changed: int) -> list[Entry]:
    text = read(file, f"docs/{PAGE}")
    entries: list[Entry] = []
    for found in ENTRY.finditer(text):
        *terms, told = found[0].split("\n")
        line = text.count("\n", 0, found.start()) + 1
        before = {term.lower() for entry in entries for term in entry.terms}
        if not (match := MEANING.fullmatch(told)):
            fault = "write ':   The meaning. [Page](../chapter/page.md)' below it"
        elif twice := [term for term in terms if term.lower() in before]:
            fault = f"{twice[0]} stands twice"
        elif entries and terms[0].lower() < entries[-1].terms[0].lower():
            fault = f"it belongs above {entries[-1].terms[0]}"
        else:
            page = normpath(Path(PAGE).parent / match["link"])
            entries.append(Entry(tuple(terms), match["meaning"], page, line))
            continue
        raise HandbookError(f"docs/{PAGE}:{line}: {terms[0]}: {fault}")
    return entries


def check_used(root: Path) -> list[str]:
    """Say which entries no page needs, and which the page that they name does not."""
    entries = glossary(root)
    used: dict[str, set[str]] = {}
    for file in pages(root) if entries else ():
        page = file.relative_to(root / "docs").as_posix()
        text = file.read_text(encoding="utf-8")
        pattern, meanings = _pattern(_landing(entries, page))
        found = {meanings[(hit.lastindex or 0) - 1] for hit in pattern.finditer(text)}
        used[page] = found if page != PAGE else set()
    return [
        f"docs/{PAGE}:{entry.line}: {where} says {' or '.join(entry.terms)}: {way_out}"
        for entry in entries
        for where, way_out, found in (
            ("no page", "delete it", set().union(*used.values())),
            (f"{entry.page} never", "link another", used.get(entry.page, set())),
        )
        if entry.meaning not in found
    ]


def _landing(entries: list[Entry], page: str) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.lands_on(page))


class _Terms(Treeprocessor):
    """Put meanings into the tree of a page."""

    def __init__(self, md: Markdown, options: dict[str, str]) -> None:
        super().__init__(md)
        self.root = Path(options["root"])

    def run(self, root: Element) -> None:
        """Mark the terms of a page; on the page of the glossary, name them."""
        page, entries = page_of(self.md), glossary(self.root)
        if page == PAGE:
            for term in root.iter("dt"):
                term.set("id", slugify("".join(term.itertext()), "-"))
        elif page and entries:
            self.pattern, self.meanings = _pattern(_landing(entries, page))
            self.said: set[str] = set()
            self._enter(root)

    def _enter(self, element: Element) -> None:
        """Mark what an element says itself, and around each of its children."""
        self._mark(element, None)
        for child in list(element):
            if child.tag == "h2":
                self.said = set()
            if child.tag not in APART and child.get("class") != "footnote":
                self._enter(child)
            self._mark(element, child)

    def _mark(self, element: Element, after: Element | None) -> None:
        """Mark the text at the start of an element, or after one of its children."""
        text = element.text if after is None else after.tail
        if not text or isinstance(text, AtomicString):
            return
        place = 0 if after is None else list(element).index(after) + 1
        found = []
        for match in self.pattern.finditer(text):
            meaning = self.meanings[(match.lastindex or 0) - 1]
            if meaning not in self.said:
                self.said.add(meaning)
                found.append((match, meaning))
        for match, meaning in reversed(found):
            term = Element("abbr", {"title": meaning, "tabindex": "0"})
            term.text, term.tail = AtomicString(match[0]), text[match.end() :]
            element.insert(place, term)
            text = text[: match.start()]
        if after is None:
            element.text = text
        else:
            after.tail = text


@lru_cache(maxsize=32)
def _pattern(entries: tuple[Entry, ...]) -> tuple[re.Pattern[str], list[str]]:
    """Find every term in a text, one group each, and give what each group means."""
    pairs = [
        (term.partition(" (")[0], entry.meaning)
        for entry in entries
        for term in entry.terms
    ]
    pairs.sort(key=lambda pair: -len(pair[0]))  # the longest that fits
    groups = "|".join(f"({_forms(term)})" for term, _ in pairs)
    return re.compile(rf"(?<![\w/-])(?:{groups})(?![\w/-])"), [m for _, m in pairs]


def _forms(term: str) -> str:
    """Match a term at the start of a sentence too, across lines, and in the plural."""
    first, rest = term[0], term[1:]
    if rest.islower():  # no abbreviation, and no name
        first = f"[{first.upper()}{first.lower()}]"
    words = re.sub(r"\\?[ -]", r"[\\s-]", re.escape(rest))
    return first + (f"{words[:-1]}(?:y|ies)" if rest.endswith("y") else f"{words}s?")
