"""What readers come for is a few clicks away from the first page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIPBOARD: Final = ["clipboard-read", "clipboard-write"]
ENOUGH: Final = 3  # clicks, or fields that are filled in


class Reader:
    """Somebody with a task, who sees what is on the screen, and counts clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def link(self, name: str) -> None:
        """Click a link of the text."""
        self.press(self.page.locator("article").get_by_role("link", name=name))

    def button(self, name: str, within: str = "article") -> None:
        """Click a button."""
        self.press(self.page.locator(within).get_by_role("button", name=name))

    def press(self, target: Locator) -> None:
        """Click anything."""
        self.clicks += 1
        target.first.click()

    def fill(self, label: str, text: str) -> None:
        """Write into a field, which is a click too."""
        self.clicks += 1
        self.page.get_by_label(label).first.fill(text)

    def search(self, words: str) -> None:
        """Search, and take the first result: a key, the words and a key."""
        self.clicks += 1
        self.page.keyboard.press("/")
        self.page.keyboard.type(words)
        self.press(self.page.locator(".md-search-result__link"))

    def reads(self, heading: str) -> None:
        """Be on the page with this heading."""
        expect(self.page.locator("h1")).to_contain_text(heading)

    def pastes(self) -> str:
        """Give what was copied."""
        return str(self.page.evaluate("navigator.clipboard.readText()"))


@pytest.fixture
def reader(chromium: Browser, address: str) -> Iterator[Reader]:
    """Come to the first page for the first time."""
    context = chromium.new_context(permissions=CLIPBOARD, accept_downloads=True)
    page = context.new_page()
    page.goto(address)
    yield Reader(page)
    context.close()


def is_paged(reader: Reader) -> None:
    """Find what to do when paged."""
    reader.link("Runbooks")
    reader.reads("Runbooks")


def sees_latency(reader: Reader) -> None:
    """Find the first query when latency goes up."""
    reader.link("Troubleshooting")
    expect(reader.page.locator("article")).to_contain_text("histogram_quantile")


def links_timeouts(reader: Reader) -> None:
    """Link the practice on timeouts in a review."""
    reader.link("Timeouts and deadlines")
    reader.button("Copy as review comment", "#timeout + .practice")
    reader.page.get_by_role("button", name="Copied").first.wait_for()
    assert "/p/timeout/" in reader.pastes()


def asks_the_budget(reader: Reader) -> None:
    """Learn what 99.95 % allows in four weeks."""
    reader.link("Calculators")
    reader.fill("Objective", "99.95")
    said = reader.page.locator('[data-calculator="error-budget"]')
    expect(said).to_contain_text("28 days20 min 10 s")


def starts_a_growth_plan(reader: Reader) -> None:
    """Take the file of a growth plan along."""
    reader.link("templates")
    shown = reader.page.locator("details").filter(has_text="Show growth-plan.md")
    reader.press(shown.locator("summary"))
    with reader.page.expect_download() as download:
        reader.press(shown.get_by_text(re.compile("^Download")))
    assert "growth-plan.md" == download.value.suggested_filename


def runs_the_checklist(reader: Reader) -> None:
    """Tick a point, and copy the list for an issue."""
    reader.link("The checklist")
    reader.press(reader.page.locator(".task-list-item label"))
    reader.button("Copy as GitHub issue")
    reader.page.get_by_role("button", name="Copied").first.wait_for()
    assert 1 == reader.pastes().count("[x]")


def changes_a_practice(reader: Reader) -> None:
    """Find the source of a page, to edit it."""
    reader.link("Circuit breaker")
    target = reader.page.get_by_title("Edit this page")
    href = target.get_attribute("href") or ""
    reader.clicks += 1  # the host is not asked
    assert href.endswith("/edit/main/docs/resilience/circuit-breaker.md")


def asks_why(reader: Reader) -> None:
    """Find out why a page says what it says today."""
    reader.link("Retries with backoff")
    target = reader.page.get_by_role("link", name="Why did this change?")
    href = target.get_attribute("href") or ""
    reader.clicks += 1  # the host is not asked
    assert href.endswith("/commits/main/docs/resilience/retries.md")


def doubts_a_claim(reader: Reader) -> None:
    """See which tests prove a practice."""
    reader.link("Idempotency")
    reader.press(reader.page.locator(".practice summary"))
    expect(reader.page.locator(".practice details[open] li").first).to_be_visible()


def types_an_error(reader: Reader) -> None:
    """Find the page from what went wrong."""
    reader.search("requests.get never returns")
    reader.reads("Timeouts")


def goes_on_call(reader: Reader) -> None:
    """Take the reading path of somebody who goes on call, and tick a page."""
    reader.link("reading paths")
    boxes = reader.page.locator("#ready-for-on-call ~ ul").first.get_by_role("checkbox")
    reader.press(boxes)
    left = reader.page.locator("#ready-for-on-call ~ .reading__left").first
    expect(left).to_contain_text("1 of 7 read")


def asks_about_a_word(reader: Reader) -> None:
    """Look up what an error budget is."""
    reader.link("Glossary")
    expect(reader.page.locator("dt", has_text="error budget").first).to_be_visible()


TASKS: Final = [
    is_paged,
    sees_latency,
    links_timeouts,
    asks_the_budget,
    starts_a_growth_plan,
    runs_the_checklist,
    changes_a_practice,
    asks_why,
    doubts_a_claim,
    types_an_error,
    goes_on_call,
    asks_about_a_word,
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_a_task_takes_few_clicks(
    reader: Reader, task: Callable[[Reader], None]
) -> None:
    """From the first page, no task takes more than three clicks."""
    task(reader)

    assert ENOUGH >= reader.clicks
