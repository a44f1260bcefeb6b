"""A practice is found by what a reader has: words, a level, or an ID that is nearly right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import practices
from tests.browser.test_pages import opened, seen

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LIST = "reference/practices/"
STATUS = ".practices-filter [role=status]"
NEAREST = ".practices--nearest li"


def left(page: Page) -> Locator:
    """Find what the filter has left of the list."""
    return page.locator(".practices[data-list] li:visible")


def test_the_list_is_filtered_by_words_level_and_chapter(
    chromium: Browser, address: str
) -> None:
    """Each field takes practices away, by keyboard too; the count is told."""
    page = opened(chromium, address + LIST)
    total = len(practices())
    expect(page.locator(STATUS)).to_have_text(f"{total} of {total} practices.")
    page.get_by_label("Words or ID").focus()
    page.keyboard.type("breaker")
    page.keyboard.press("Tab")
    page.keyboard.type("Resilience")
    ids = page.locator(".practices[data-list] li:visible code")
    chosen = ids.all_inner_texts()
    headings = page.locator("article h2:visible").all_inner_texts()
    page.get_by_label("Words or ID").fill("")
    page.get_by_label("Level").select_option("must")
    levels = left(page).evaluate_all("items => items.map(item => item.dataset.level)")
    page.get_by_label("Level").select_option("")
    page.locator("[name=proof]").select_option("sources")
    proofs = left(page).evaluate_all("items => items.map(item => item.dataset.proof)")
    page.context.close()

    assert "circuit-breaker" in chosen
    assert 1 == len(headings)
    assert {"must"} == {*levels}
    assert {"sources"} >= {*proofs}


def test_what_nobody_has_leads_to_the_nearest(chromium: Browser, address: str) -> None:
    """Words that no practice has give those that are most like them."""
    page = opened(chromium, address + LIST)
    page.get_by_label("Words or ID").fill("cirkuit braker")
    expect(page.locator(STATUS)).to_have_text(re.compile("The nearest:"))
    first = page.locator(NEAREST).first.inner_text()
    page.get_by_label("Words or ID").fill("qqqq")
    expect(page.locator(STATUS)).to_have_text("No practice has all of this. ")
    page.context.close()

    assert "circuit-breaker" in first


@pytest.mark.parametrize(
    ("wrong", "practice"),
    [
        ("timout", "timeout"),
        ("structured-logging", "structured-logs"),
        ("circut-braker", "circuit-breaker"),
    ],
)
def test_a_wrong_short_link_suggests_the_nearest(
    chromium: Browser, address: str, wrong: str, practice: str
) -> None:
    """A short link that is nearly right leads to a page that suggests the right one."""
    page = opened(chromium, f"{address}p/{wrong}/")
    page.wait_for_url(f"**/{LIST}?near={wrong}")
    expect(page.locator(STATUS)).to_have_text(
        f"There is no practice “{wrong}”. The nearest:"
    )
    nearest = page.locator(f"{NEAREST} code").all_inner_texts()
    page.context.close()

    assert practice in nearest[:3]


def test_a_short_link_without_an_id_leads_to_all(
    chromium: Browser, address: str
) -> None:
    """`/p/` alone leads to the list of all practices."""
    page = opened(chromium, f"{address}p/")
    page.wait_for_url(f"**/{LIST}")
    count = left(page).count()
    page.context.close()

    assert len(practices()) == count


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_that_is_not_there(chromium: Browser, address: str, scheme: str) -> None:
    """The page for what is not there leads on, reads without scripts, and is accessible."""
    page = opened(chromium, f"{address}gone/for/good/", color_scheme=scheme)
    faults = seen(page)
    page.get_by_role("article").get_by_role("link", name="all practices").click()
    page.wait_for_url(f"**/{LIST}")
    page.context.close()

    assert [] == faults
