"""The changelog is shown from where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from handbook.errors import HandbookError
from tests.projects import Project

CHANGELOG = """\
# Changelog

What changed.

## 1.0

- Practice `greet`: greet the world; `gone` was withdrawn.
- [All](docs/reference/practices.md) in one list.
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
