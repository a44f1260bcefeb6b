"""The lists that a page asks for with one line, such as all practices, and their proofs."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markdown.preprocessors import Preprocessor

from handbook.builders import page_of, up
from handbook.checks import exemptions
from handbook.citations import citations
from handbook.ledger import Ledger
from handbook.practices import (
    CHANGES,
    LEVELS,
    NAMED,
    PRACTICES,
    PROOFS,
    SOURCES,
    Practice,
    chapters,
    front_matter,
    read_practices,
    registry,
)
from handbook.reading import READ, minutes
from handbook.sources import read

if TYPE_CHECKING:
    from markdown import Markdown


ALONE: Final = "sources alone"


class ListsPreprocessor(Preprocessor):
    """Write a list where a page has its mark."""

    def __init__(self, md: Markdown, options: dict[str, str]) -> None:
        super().__init__(md)
        self.options = options

    def run(self, lines: list[str]) -> list[str]:
        """Replace the marks."""
        root, repo = Path(self.options["root"]), self.options["repo"]
        return Lists(root, repo, page_of(self.md)).write(lines)


class Lists:
    """The lists of a page, with links that lead from it.

    Args:
        root: The root of the project.
        repo: Address of the repository.
        page: The page, relative to `docs/`.
    """

    def __init__(self, root: Path, repo: str, page: str) -> None:
        self.root, self.repo, self.page = root, repo, page

    def write(self, lines: list[str]) -> list[str]:
        """Replace the marks in the lines of the page."""
        made = {
            PROOFS: self._proofs,
            PRACTICES: self._practices,
            CHANGES: self._changes,
            SOURCES: self._sources,
        }
        for mark, rows in made.items():
            if mark in lines:
                at = lines.index(mark)
                lines = [*lines[:at], *rows(), *lines[at + 1 :]]
        return [new for row in lines for new in self._named(row)]

    def _read(self, pages: list[str]) -> list[str]:
        """Write the pages of a reading path, each with its minutes."""
        rows = []
        for page in (f"{name}.md" for name in pages):
            if not (self.root / "docs" / page).is_file():
                continue  # the build has refused it
            took = minutes(self.root, page)
            fields = front_matter(self.root / "docs" / page)
            rows.append(
                f"- [{fields['title']}]({self._up}{page}){{ data-minutes={took} }}"
                f" · {took} min. {fields['description']}"
            )
        return rows

    def _named(self, row: str) -> list[str]:
        """Write the practices, or the pages to read, that one line asks for."""
        if match := READ.match(row):
            return self._read(match["pages"].split())
        if not (match := NAMED.match(row)):
            return [row]
        ledger = Ledger.load(self.root)
        known = {practice.id: practice for practice in read_practices(self.root)}
        return [
            f"- [{known[name].title}]({self._up}{known[name].page}#{name})"
            f" · {LEVELS[known[name].level]} · {shown(ledger, name)}"
            for name in match["ids"].split()
            if name in known  # the build has refused it
        ]

    @property
    def _up(self) -> str:
        return "../" * self.page.count("/")

    def _proofs(self) -> list[str]:
        ledger = Ledger.load(self.root)
        rows: list[str] = []
        for practice in read_practices(self.root):
            proofs, harms = ledger.proofs(practice.id), ledger.harms(practice.id)
            rows += [
                (
                    f"### [{practice.title}]({self._up}{practice.page}#{practice.id})"
                    f" {{ #proofs-{practice.id} }}"
                ),
                "",
                f"`{practice.id}` · {LEVELS[practice.level]}",
                "",
            ]
            for verb, tests in (("Proof", proofs), ("Harm", harms)):
                for test in tests:
                    address = f"{self.repo}/blob/main/{test.path}#L{test.line}"
                    rows.append(f"- {verb}: [{test.summary}]({address})")
            if not proofs:
                cited = len(practice.sources)
                rows.append(f"- No proof in this build; sources cited: {cited}")
            rows.append("")
        rows += ["## Blocks that no test runs", ""]
        for page, line, reason in (found := exemptions(self.root)):
            rows.append(f"- [{page}, line {line}]({self._up}{page[5:]}): {reason}")
        return rows if found else [*rows, "None."]

    def _practices(self) -> list[str]:
        rows: list[str] = []
        ledger = Ledger.load(self.root)
        titles = chapters(self.root)
        places = {chapter: place for place, chapter in enumerate(titles)}
        found = sorted(
            read_practices(self.root),
            key=lambda practice: places.get(practice.chapter, len(places)),
        )
        for chapter, members in groupby(found, key=lambda practice: practice.chapter):
            name = titles.get(chapter, chapter)
            items = [self._item(practice, ledger) for practice in members]
            rows += [f"## {name} {{ #{chapter} }}", ""]
            rows += ['<ul class="practices">', *items, "</ul>", ""]
        return [*rows, *self._withdrawn()]

    def _withdrawn(self) -> list[str]:
        """Say which practices were withdrawn, and what replaced them."""
        live = {practice.id: practice for practice in read_practices(self.root)}
        gone = [
            f"- `{name}`: {entry.get('why', '')} In its place:"
            f" [{now.title}]({self._up}{now.page}#{now.id})"
            for name, entry in registry(self.root).items()
            if (now := live.get(entry.get("successor", "")))
        ]
        return ["## Withdrawn { #withdrawn }", "", *gone] if gone else []

    def _changes(self) -> list[str]:
        """Show the changelog, with a link from each practice to its page."""
        live = {practice.id: practice for practice in read_practices(self.root)}

        def link(found: re.Match[str]) -> str:
            if not (practice := live.get(found["id"])):
                return found[0]
            return f"[`{practice.id}`]({self._up}{practice.page}#{practice.id})"

        text = read(self.root / "CHANGELOG.md", "CHANGELOG.md")
        text = text[text.index("\n## ") :].replace("](docs/", f"]({self._up}")
        return re.sub(r"`(?P<id>[a-z0-9-]+)`", link, text).split("\n")

    def _sources(self) -> list[str]:
        """List what the footnotes cite, with a link back to each page's footnote."""
        rows: list[str] = []
        names = chapters(self.root)
        for chapter, sources in citations(self.root).items():
            rows += [f"## {names.get(chapter, 'Home')} {{ #{chapter} }}", ""]
            for source in sources:
                back = [self._back(cited) for cited in source.cited]
                rows.append(f"- {source.text} · in {', '.join(back)}")
            rows.append("")
        return rows

    def _back(self, cited: str) -> str:
        page = cited.partition("#")[0]
        title = front_matter(self.root / "docs" / page)["title"]
        return f"[{title}]({self._up}{cited})"

    def _item(self, practice: Practice, ledger: Ledger) -> str:
        """Write one practice, with the words that find it."""
        tests = shown(ledger, practice.id)
        symptoms = front_matter(self.root / "docs" / practice.page)["symptoms"]
        words = "|".join([practice.id, practice.title, *map(str, symptoms)])
        data = {
            "id": practice.id,
            "chapter": practice.chapter,
            "level": practice.level,
            "proof": "tests" if ledger.proofs(practice.id) else "sources",
            "words": words,
        }
        attributes = " ".join(f'data-{k}="{escape(v)}"' for k, v in data.items())
        return (
            f'<li class="practice--{practice.level}" {attributes}><a href="{up(self.page)}{practice.url}">{escape(practice.title)}</a>'
            f' <code>{practice.id}</code> <span class="level">'
            f"{LEVELS[practice.level]}</span> <span>{tests}</span></li>"
        )


def shown(ledger: Ledger, practice: str) -> str:
    """Say what a practice rests on."""
    if count := len(ledger.proofs(practice)):
        return f"{count} test{'s' * (count > 1)}"
    known = ledger.missing or any(practice in test.proves for test in ledger.tests)
    return "not verified in this build" if known else ALONE
