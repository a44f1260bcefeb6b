"""Every page is read as a reader reads it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import pages, practices

if TYPE_CHECKING:
    from pathlib import Path

SETTLED = "Promise.allSettled(document.getAnimations().map(moving => moving.finished))"
STATEMENT = """id => {
  const said = document.querySelector(`#${id} + .practice + p`).cloneNode(true);
  said.querySelectorAll("sup").forEach(note => note.remove());
  return said.textContent.replace(/\\s+/g, " ");
}"""
LABELS = {
    "must": "issue (blocking)",
    "should": "suggestion (non-blocking)",
    "may": "thought",
}


def opened(browser: Browser, address: str, **options: Any) -> Page:  # noqa: ANN401 # Playwright's
    """Open a page in a context of its own."""
    page = browser.new_context(**options).new_page()
    page.goto(address, wait_until="load")
    return page


@pytest.mark.parametrize("path", pages())
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible_and_loads_only_its_own(
    chromium: Browser,
    address: str,
    path: str,
    scheme: Any,  # noqa: ANN401 # a Literal of Playwright's
) -> None:
    """Axe finds no fault, wide and narrow; nothing scrolls sideways, or comes from another host."""
    page = chromium.new_context(color_scheme=scheme).new_page()
    hosts: set[str | None] = set()
    faults: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.on("response", lambda r: faults.append(r.url) if r.status >= 400 else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address + path, wait_until="networkidle")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLED)
        faults.extend(f"{width}: {fault}" for fault in seen(page))
        assert width == page.evaluate("document.documentElement.scrollWidth")
    page.context.close()

    assert {"127.0.0.1"} == hosts
    assert [] == faults


def seen(page: Page) -> list[str]:
    """List what axe finds in the page as it stands."""
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:120]}"
        for fault in Axe().run(page).response["violations"]
    ]


COMPOSED = {"readiness/reference-service/", "readiness/probe/"}


@pytest.mark.parametrize("path", pages())
def test_what_copy_gives_has_no_undefined_name(
    chromium: Browser, address: str, path: str, tmp_path: Path
) -> None:
    """Each Python block, copied into an empty file, parses and knows all its names."""
    page = opened(
        chromium, address + path, permissions=["clipboard-read", "clipboard-write"]
    )
    blocks = page.locator('.embed[data-kind="do"]:has(.language-python)')
    for number in range(blocks.count()):
        button = blocks.nth(number).get_by_role("button", name="Copy")
        button.click()
        expect(blocks.nth(number).get_by_role("button", name="Copied")).to_be_visible()
        text = page.evaluate("navigator.clipboard.readText()")
        (tmp_path / f"block_{number}.py").write_text(text, encoding="utf-8")
        compile(text, f"block {number} of {path}", "exec")
        whole = path in COMPOSED  # two parts of a service may use one name
        assert whole or "snippets." not in text
    page.context.close()
    check = [sys.executable, "-m", "ruff", "check", "--isolated", "--select=F"]
    done = subprocess.run(
        [*check, tmp_path], check=False, capture_output=True, text=True
    )

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("practice", practices(), ids=lambda practice: practice["id"])
def test_a_practice_is_linked_from_a_review(
    chromium: Browser, address: str, practice: dict[str, Any]
) -> None:
    """A review comment has the label of the level, the statement and the short link, and reads like the page where it is pasted."""
    page = opened(
        chromium,
        f"{address}p/{practice['id']}/",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.wait_for_url(f"**/*#{practice['id']}")
    bar = page.locator(f"#{practice['id']} + .practice")
    copied = []
    for name in ("Copy link", "Copy as review comment"):
        button = bar.get_by_role("button", name=name)
        expect(button).to_have_accessible_description(re.compile(practice["title"][:9]))
        button.press("Enter")
        expect(bar.get_by_role("button", name="Copied").first).to_be_visible()
        expect(page.get_by_role("status").last).to_have_text("Copied")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    statement = page.evaluate(STATEMENT, practice["id"])
    page.set_content(MarkdownIt().render(copied[1]))
    pasted = page.locator("p").all_inner_texts()
    strong = page.locator("strong").all_inner_texts()
    page.context.close()
    label, link = f"{LABELS[practice['level']]}:", practice["short"]

    assert [link, f"**{label}** {practice['statement']}\n\n{link}\n"] == copied
    assert [f"{label} {statement}", link] == pasted
    assert [label] == strong


@pytest.mark.parametrize("path", pages())
def test_a_page_reads_in_full_without_scripts(
    chromium: Browser, address: str, path: str
) -> None:
    """Without JavaScript the text is there, and no button that does nothing."""
    page = opened(chromium, address + path, java_script_enabled=False)
    article = page.locator("article")
    heading = article.locator("h1").inner_text()
    buttons = article.locator("button").count()
    page.context.close()

    assert heading
    assert 0 == buttons


def test_a_reader_finds_the_page_in_their_own_words(
    chromium: Browser, address: str
) -> None:
    """A symptom typed into the search leads to the page that cures it."""
    page = opened(chromium, address)
    page.keyboard.press("/")
    page.keyboard.type("another user's ID in my log lines")
    first = page.locator(".md-search-result__link").first
    expect(first).to_be_visible()
    target = first.get_attribute("href") or ""
    page.context.close()

    assert "observability/structured-logging/" in target
