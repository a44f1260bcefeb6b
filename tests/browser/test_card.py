"""Whatever the handbook was asked to contain is found by the words that asked for it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CARD: Final = tomllib.loads(Path(__file__).with_name("card.toml").read_text("utf-8"))
FIRST: Final = 5  # pages that a reader looks at


@pytest.mark.parametrize("part", CARD)
def test_every_entry_is_found_by_its_own_words(
    chromium: Browser, address: str, part: str
) -> None:
    """A search for each entry has its page among the first five."""
    page = chromium.new_page()
    page.goto(address)
    lost = {}
    for words, wanted in CARD[part].items():
        page.goto(f"{address}?q={words.replace('%', '%25').replace('&', '%26')}")
        page.locator(".md-search-result__item").first.wait_for()
        links = page.locator(".md-search-result__link")
        hits = links.evaluate_all("links => links.map((link) => link.pathname)")
        found = list(dict.fromkeys(hit.partition("handbook/")[2] for hit in hits))
        if wanted not in found[:FIRST]:
            lost[words] = found[:FIRST]
    page.close()

    assert {} == lost
