"""Whatever the handbook holds is found by the words of whoever needs it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

HERE: Final = Path(__file__).parent
CARD: Final = tomllib.loads((HERE / "card.toml").read_text("utf-8"))
QUERIES: Final = tomllib.loads((HERE / "queries.toml").read_text("utf-8"))
WANTED: Final = 0.95  # of the queries, among the first three
HITS: Final = "links => links.map((link) => link.pathname)"
SETTLED: Final = re.compile(r"matching document")


def results(page: Page, words: str) -> list[str]:
    """Type a query, and list the pages that are found, the best first."""
    field = page.locator(".md-search__input")
    meta = page.locator(".md-search-result__meta")
    field.fill("")
    field.press("Backspace")  # the search listens to keys
    expect(meta).to_have_text("Type to start searching")
    field.fill(words)
    field.press("Shift")
    expect(meta).to_have_text(SETTLED, timeout=60_000)  # the index is built first
    links = page.locator(".md-search-result__item > .md-search-result__link")
    hits = links.evaluate_all(HITS)
    return list(dict.fromkeys(hit.partition("/handbook/")[2] for hit in hits))


@pytest.fixture(scope="module")
def search(chromium: Browser, address: str) -> Iterator[Page]:
    """Open the search once."""
    page = chromium.new_page()
    page.goto(address)
    page.keyboard.press("/")
    yield page
    page.close()


def test_engineers_find_their_page(search: Page) -> None:
    """Of the queries that engineers type, 95 % have their page among the first three."""
    found = {words: results(search, words)[:3] for words in QUERIES}
    lost = {
        words: found[words] for words in found if QUERIES[words] not in found[words]
    }

    assert 80 <= len(QUERIES)
    assert len(lost) <= (1 - WANTED) * len(QUERIES), lost


@pytest.mark.parametrize("part", CARD)
def test_what_was_asked_for_is_found_by_its_own_words(search: Page, part: str) -> None:
    """A search for each entry has its page among the first five."""
    found = {words: results(search, words)[:5] for words in CARD[part]}

    assert {} == {
        w: found[w] for w, wanted in CARD[part].items() if wanted not in found[w]
    }
