"""The meaning of a term is reached with a pointer, a key and a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from handbook.glossary import glossary
from tests.browser.test_pages import opened, seen
from tests.projects import ROOT

PLACE = "slos/error-budgets/"
TERM = "error budget"
OUTSIDE = 'region: <div class="md-tooltip2'  # Material's place for it is the body
TOOLTIP = ".md-tooltip2[role=tooltip]"


@pytest.mark.parametrize("way", ["Tab", "hover", "tap"])
def test_a_meaning_is_reached(chromium: Browser, address: str, way: str) -> None:
    """By key, pointer or finger a term shows the glossary's sentence, and axe finds no fault."""
    (meaning,) = (
        entry.meaning for entry in glossary(ROOT) if "Error budget" in entry.terms
    )
    page = opened(chromium, address + PLACE, has_touch=way == "tap")
    term = page.locator("article abbr", has_text=TERM).first
    if way == "Tab":
        for _ in range(200):
            page.keyboard.press("Tab")
            if term.evaluate("term => term === document.activeElement"):
                break
    else:
        (term.tap if way == "tap" else term.hover)()
    expect(page.locator(TOOLTIP, has_text=meaning)).to_have_css("opacity", "1")
    expect(term).to_have_accessible_description(meaning)
    faults = [fault for fault in seen(page) if not fault.startswith(OUTSIDE)]
    page.context.close()

    assert [] == faults
