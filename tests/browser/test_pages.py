"""Every page is read as a reader reads it."""

from __future__ import annotations

import functools
import gzip
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Locator, Page, expect
from selectolax.lexbor import LexborHTMLParser

from tests.browser.conftest import SITE, pages, practices

COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
FIRST_VIEW = 76_000  # bytes; a page of Starlight, which loads least
HEAVIEST = 100_000  # bytes; a calculator, or the list of all practices
LEDGER = {"reference/proofs/": 150_000}  # a line for each test, and it grows with them
LIGHT = ["", "resilience/circuit-breaker/", "slos/slos/", "code-review/reviewing/"]
NAMELESS = """[...document.querySelectorAll("article :is(h1, h2, h3, h4, h5, h6)")]
  .filter((heading) => !heading.id)
  .map((heading) => `no anchor: ${heading.textContent}`)"""
CLIPBOARD = ["clipboard-read", "clipboard-write"]
SETTLED = "document.getAnimations().forEach(moving => moving.finish())"
REACHED = """() => [...document.querySelectorAll("pre > code")].every(
  code => !code.checkVisibility() || code.scrollWidth <= code.clientWidth
    || code.tabIndex === 0)"""
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
def test_a_page_is_read_by_anybody_and_loads_only_its_own(
    chromium: Browser, address: str, path: str, tmp_path: Path
) -> None:
    """Axe finds no fault, light and dark, wide and narrow; nothing scrolls sideways, is missing or comes from another host; what Copy gives can be used."""
    page = chromium.new_context(permissions=CLIPBOARD).new_page()
    hosts: set[str | None] = set()
    faults: list[str] = []
    answers: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.on("response", lambda answer: answers.append(answer.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.goto(address + path, wait_until="networkidle")
    size = sum(compressed(answer) for answer in answers)
    for width in (1280, 390):
        faults.extend(seen_at(page, width))
    faults.extend(miscopied(page, path, tmp_path))
    for practice in practices():
        if practice["url"].partition("#")[0].endswith(f"/handbook/{path}"):
            faults.extend(misquoted(page, practice))
    page.locator("label[title='Switch to dark mode']").click()
    page.mouse.move(0, 899)
    expect(page.locator(".md-tooltip")).to_have_count(0)  # it fades in, and out
    for width in (390, 1280):  # the colours are all that a scheme changes
        faults.extend(seen_at(page, width, COLOURS))
    faults.extend(page.evaluate(NAMELESS))
    page.context.close()

    assert {"127.0.0.1"} == hosts
    assert [] == faults
    assert LEDGER.get(path, HEAVIEST) > size


@functools.cache
def compressed(url: str) -> int:
    """Give the size of a file of the site, in bytes, as a host of static sites sends it."""
    file = Path(SITE, urlsplit(url).path.removeprefix("/handbook/"))
    body = (file / "index.html" if file.is_dir() else file).read_bytes()
    return len(gzip.compress(body, 6))


@pytest.mark.parametrize("path", LIGHT)
def test_the_first_view_is_light(chromium: Browser, address: str, path: str) -> None:
    """All that a first visit loads is less than any theme that was measured loads."""
    page = chromium.new_context().new_page()
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url))
    page.goto(address + path, wait_until="networkidle")
    size = sum(compressed(answer) for answer in answers)
    page.context.close()

    assert FIRST_VIEW > size


def test_the_search_is_loaded_by_who_searches(chromium: Browser, address: str) -> None:
    """Neither the worker nor its index is asked for until the field has the focus."""
    page = chromium.new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "search" in r.url else None)
    page.goto(address, wait_until="networkidle")
    before = [url.rpartition("/")[2] for url in asked]
    page.keyboard.press("/")
    page.keyboard.type("timeout")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    after = [url.rpartition("/")[2].partition(".")[0] for url in asked]
    page.context.close()

    assert ["late-search.js"] == before
    assert {"late-search", "search_index", "search"} == set(after)


def seen(page: Page, rules: dict[str, Any] | None = None) -> list[str]:
    """List what axe finds in the page as it stands, by all rules or by these."""
    options = {"resultTypes": ["violations"], "preload": False, **(rules or {})}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found]


def seen_at(page: Page, width: int, rules: dict[str, Any] | None = None) -> list[str]:
    """List what is wrong at a width: what axe finds, and a page that is wider."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(SETTLED)
    page.wait_for_function(REACHED, polling=20)  # the theme sees that code scrolls
    wide = page.evaluate("document.documentElement.scrollWidth")
    faults = [f"it is {wide} px wide"] * (wide != width) + seen(page, rules)
    return [f"{width}: {fault}" for fault in faults]


def test_axe_sees_the_colours_of_both_schemes(chromium: Browser, address: str) -> None:
    """A colour that is too pale, and a link told by colour alone, are found by those rules."""
    page = opened(chromium, address, color_scheme="dark")
    page.add_style_tag(content="p { color: #888 !important; background: #777 }")
    pale = seen(page, COLOURS)
    page.add_style_tag(content="article a { text-decoration: none !important }")
    bare = seen(page, COLOURS)
    page.context.close()

    assert ["color-contrast"] == [fault.partition(":")[0] for fault in pale]
    assert "link-in-text-block" in {fault.partition(":")[0] for fault in bare}


COMPOSED = {"readiness/reference-service/", "readiness/probe/"}


def copied(page: Page, place: Locator, name: str) -> str:
    """Press a button by keyboard, hear that it copied, and read the clipboard."""
    button = place.get_by_role("button", name=name).element_handle()
    button.press("Enter")
    page.wait_for_function("button => button.textContent === 'Copied'", arg=button)
    expect(page.locator(".spoken")).to_have_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def miscopied(page: Page, path: str, folder: Path) -> list[str]:
    """Copy each Python block into an empty file, which must parse and know all its names."""
    faults: list[str] = []
    blocks = page.locator('.embed[data-kind="do"]:has(.language-python)')
    for number in range(blocks.count()):
        text = copied(page, blocks.nth(number), "Copy")
        (folder / f"block_{number}.py").write_text(text, encoding="utf-8")
        compile(text, f"block {number} of {path}", "exec")
        if "snippets." in text and path not in COMPOSED:
            faults.append(f"block {number} imports a snippet")
    # Two parts of a service may use one name: those keep their imports.
    check = [sys.executable, "-m", "ruff", "check", "--isolated", "--select=F"]
    done = subprocess.run([*check, folder], check=False, capture_output=True, text=True)
    return faults + [done.stdout] * bool(done.returncode)


def misquoted(page: Page, practice: dict[str, Any]) -> list[str]:
    """Copy the link and the comment of a practice, and paste the comment as Markdown."""
    bar = page.locator(f"#{practice['id']} + .practice")
    for button in bar.get_by_role("button").all():
        words = re.compile(re.escape(practice["title"].partition("`")[0]))
        expect(button).to_have_accessible_description(words)
    link = copied(page, bar, "Copy link")
    comment = copied(page, bar, "Copy as review comment")
    pasted = LexborHTMLParser(MarkdownIt().render(comment))
    label = f"{LABELS[practice['level']]}:"
    seen_in_page = page.evaluate(STATEMENT, practice["id"])
    pairs = {
        "link": (link, practice["short"]),
        "comment": (
            comment,
            f"**{label}** {practice['statement']}\n\n{practice['short']}\n",
        ),
        "label": ([x.text() for x in pasted.css("strong")], [label]),
        "text": (
            [x.text() for x in pasted.css("p")],
            [f"{label} {seen_in_page}", practice["short"]],
        ),
    }
    return [
        f"{name}: {one} is not {two}"
        for name, (one, two) in pairs.items()
        if one != two
    ]


@pytest.mark.parametrize("path", pages())
def test_a_page_reads_in_full_without_scripts(path: str) -> None:
    """Without JavaScript the text is there, and no button that does nothing."""
    tree = LexborHTMLParser(Path(SITE, path, "index.html").read_text(encoding="utf-8"))

    assert [x.text(strip=True) for x in tree.css("article h1")]
    assert [] == [x.text() for x in tree.css("article button")]


@pytest.mark.parametrize("practice", ["timeout", "waiver-expires"])
def test_a_short_link_leads_to_its_practice(
    chromium: Browser, address: str, practice: str
) -> None:
    """A short link leads to the practice, wherever its page is."""
    page = opened(chromium, f"{address}p/{practice}/")
    page.wait_for_url(f"**/*#{practice}")
    heading = page.locator(f"h2#{practice}").inner_text()
    page.context.close()

    assert heading
