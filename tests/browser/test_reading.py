"""A reading path is ticked, taken up again and taken along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_checklist import BLOCKED

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "start/paths/"
KEY = "proven-practice.read"


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """Open the paths in a context of its own."""
    context = chromium.new_context(accept_downloads=True)
    page = context.new_page()
    page.goto(address + PATH)
    yield page
    context.close()


def box(page: Page, title: str) -> Locator:
    """Find the first box of a page."""
    return page.get_by_role("checkbox", name=title, exact=True).first


def left(page: Page, path: str) -> Locator:
    """Find what is said above the list that follows a heading."""
    return page.locator(f"#{path} ~ .reading__left").first


def test_a_path_says_what_is_left_and_what_is_next(page: Page) -> None:
    """A tick counts, takes its minutes away and leads to the next page."""
    before = left(page, "first-day").inner_text()
    box(page, "How to read it").press("Space")
    after = left(page, "first-day")

    assert before.startswith("0 of 5 read, ")
    assert before.endswith(". Next: How to read it")
    expect(after).to_contain_text("1 of 5 read, ")
    expect(after.get_by_role("link")).to_have_attribute("href", "../link-in-a-review/")


def test_a_path_that_is_read_says_so(page: Page) -> None:
    """When all is ticked, nothing is next."""
    for one in page.locator("#first-day ~ ul").first.get_by_role("checkbox").all():
        one.check()

    expect(left(page, "first-day")).to_have_text("5 of 5 read")


def test_a_tick_holds_for_every_path_and_stays(page: Page) -> None:
    """A page is read once, whichever path names it, and the browser keeps it."""
    many = page.get_by_role("checkbox", name="Reviewing", exact=True)
    many.first.check()
    count = many.count()
    page.reload()

    assert 2 == count
    assert [True] * count == [one.is_checked() for one in many.all()]
    many.first.uncheck()
    assert {} == json.loads(page.evaluate(f"localStorage.getItem('{KEY}')"))


def test_a_page_marks_itself(page: Page, address: str) -> None:
    """The button at the end of a page is the same tick, both ways."""
    other = page.context.new_page()
    other.goto(f"{address}start/how-to-read/")
    mark = other.get_by_role("button", name="Mark as read")
    expect(mark).to_have_attribute("aria-pressed", "false")
    mark.click()
    done = other.get_by_role("button", name="Read on 20")

    expect(done).to_have_attribute("aria-pressed", "true")
    expect(box(page, "How to read it")).to_be_checked()  # in the other tab, at once
    done.click()
    expect(box(page, "How to read it")).not_to_be_checked()


def test_it_is_taken_along(page: Page, address: str, chromium: Browser) -> None:
    """What is downloaded here is brought back there, beside what is read there."""
    box(page, "How to read it").check()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
    file = started.value.path()
    there = chromium.new_page()
    there.goto(address + PATH)
    box(there, "SLIs").check()
    there.get_by_label("Bring back").set_input_files(file)

    expect(box(there, "How to read it")).to_be_checked()
    expect(box(there, "SLIs")).to_be_checked()
    assert ["start/how-to-read/"] == [*json.loads(Path(file).read_text("utf-8"))]
    there.close()


@pytest.mark.parametrize("text", ["[", "3", '{"a/": "soon"}', "null"])
def test_another_file_changes_nothing(page: Page, tmp_path: Path, text: str) -> None:
    """What was not downloaded here takes nothing away."""
    box(page, "How to read it").check()
    (tmp_path / "read.json").write_text(text, encoding="utf-8")
    page.get_by_label("Bring back").set_input_files(tmp_path / "read.json")
    expect(page.get_by_label("Bring back")).to_have_value("")

    expect(box(page, "How to read it")).to_be_checked()
    assert 1 == page.locator(".reading :checked").count()


@pytest.mark.parametrize("kept", ["[", "3", '{"start/how-to-read/": 7}'])
def test_what_is_kept_may_be_anything(page: Page, kept: str) -> None:
    """An entry that this page did not write is as good as none."""
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, kept])
    page.reload()

    expect(left(page, "first-day")).to_contain_text("0 of 5 read")


def test_a_browser_that_keeps_nothing(chromium: Browser, address: str) -> None:
    """Ticks count until the page is left, and the page says so."""
    page = chromium.new_page()
    page.add_init_script(BLOCKED)
    page.goto(address + PATH)
    box(page, "How to read it").check()

    expect(left(page, "first-day")).to_contain_text("1 of 5 read")
    expect(page.get_by_role("status").filter(has_text="keeps nothing")).to_be_visible()
    page.close()
