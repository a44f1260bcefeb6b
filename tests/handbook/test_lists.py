"""The changelog and the sources are gathered from where they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from handbook.citations import Source, citations
from handbook.errors import HandbookError
from handbook.practices import pages
from tests.projects import FRONT, PAGE, ROOT, Project

CHANGELOG = """\
# Changelog

What changed.

## 1.0

- Practice `greet`: greet the world; `gone` was withdrawn.
- [All](docs/reference/practices.md) in one list.
"""
NAV = """\
nav:
  - index.md
  - Later:
      - later/why.md
  - Chapter:
      - chapter/greeting.md
      - reference/list.md
"""
WHY = """\
Why.[^a] How.[^b] When.[^c] Where.[^d] Who.[^e]

[^a]: Ann, Book, [Zero](https://one.test/#z): a word; [`one`](https://one.test/1).
[^b]: Bob, [Two](https://two.test/); Cy 1.2, [Three](https://three.test/); and [Four](https://four.test/).
[^c]: The same book, [Five](https://one.test/5), of 2020.
[^d]: Dee, a work in print, 1999.
[^e]: The same page.
"""


def items(project: Project, body: str) -> list[str]:
    """Build a page that asks for a list, and give the HTML of its items."""
    project.page(body, "reference/list.md")
    html = Path(project.build(), "reference/list/index.html").read_text("utf-8")
    return [item.html or "" for item in LexborHTMLParser(html).css("li, h2")]


def test_the_changelog_leads_to_its_practices(project: Project) -> None:
    """The page is the file without its beginning; IDs that live and pages are linked."""
    project.write("CHANGELOG.md", CHANGELOG)

    assert [
        '<h2 id="10">1.0</h2>',
        '<li>Practice <a href="../../chapter/greeting/#greet"><code>greet</code></a>: greet the world; <code>gone</code> was withdrawn.</li>',
        '<li><a href="../practices/">All</a> in one list.</li>',
    ] == items(project, "Read.\n\n<!-- changelog -->\n")


def test_a_changelog_that_is_missing_is_named(project: Project) -> None:
    """A page that asks for the changelog of a project without one stops the build."""
    with pytest.raises(HandbookError, match=r"CHANGELOG\.md cannot be read"):
        items(project, "<!-- changelog -->\n")


def test_a_source_stands_once_and_leads_back(project: Project) -> None:
    """A source stands once, in the first chapter that cites it, with each page's first footnote."""
    project.page("B.[^b] C.[^c]\n\n[^b]: X.\n[^c]: X.\n", "later/why.md")
    project.page(PAGE.replace("A source.", "X."), "chapter/greeting.md")
    project.page("Z.[^z]\n\n[^z]: Home.\n")
    config = project.root / "mkdocs.yml"
    config.write_text(NAV + config.read_text("utf-8"), encoding="utf-8")

    assert {
        "later": [Source("X.", ["later/why.md#fn:b", "chapter/greeting.md#fn:one"])],
        "index.md": [Source("Home.", ["index.md#fn:z"])],
    } == citations(project.root)
    assert [
        '<h2 id="later">Later</h2>',
        '<li>X. · in <a href="../../later/why/#fn:b">Page</a>, <a href="../../chapter/greeting/#fn:one">Page</a></li>',
        '<h2 id="index.md">Home</h2>',
        '<li>Home. · in <a href="../../#fn:z">Page</a></li>',
    ] == items(project, "Gathered.\n\n<!-- sources -->\n")


def test_a_source_says_whose_it_is(project: Project) -> None:
    """Each link keeps the author and the work before it, its own or those of the footnote it goes on from, in the order of letters."""
    project.page(PAGE.replace("[^one]", "one"), "chapter/greeting.md")
    project.write("docs/later/why.md", FRONT + WHY)

    assert [
        "Ann, Book, [Five](https://one.test/5)",
        "Ann, Book, [`one`](https://one.test/1)",
        "Ann, Book, [Zero](https://one.test/#z)",
        "Bob, [Two](https://two.test/)",
        "Cy 1.2, [Four](https://four.test/)",
        "Cy 1.2, [Three](https://three.test/)",
        "Dee, a work in print, 1999.",
    ] == [source.text for source in citations(project.root)["later"]]


def test_no_source_of_the_handbook_is_left_out() -> None:
    """Every address in a footnote of the handbook is listed, once."""
    notes = re.compile(r"^\[\^.*(?:\n(?: {4}.*)?)*", re.MULTILINE)
    text = "\n".join(file.read_text(encoding="utf-8") for file in pages(ROOT))
    address = re.compile(r"\]\((https?://[^)\s]+)\)")
    listed = [s.text for sources in citations(ROOT).values() for s in sources]

    assert sorted(set(address.findall("\n".join(notes.findall(text))))) == sorted(
        address.findall("\n".join(listed))
    )
