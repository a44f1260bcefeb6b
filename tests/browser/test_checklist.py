"""The checklist of the page is ticked, kept, copied and downloaded."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator
from markdown import Markdown
from playwright.sync_api import Browser, Locator, Page, expect
from selectolax.lexbor import LexborHTMLParser

from snippets.readiness.checklist.items import Tier, asked, items, tier_of
from tests.browser.test_pages import SETTLED, seen
from tests.services import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "readiness/checklist/"
SCHEMA = Path(ROOT, "snippets/readiness/checklist/checklist.schema.json")
KEY = "proven-practice.readiness-checklist"
CLIPBOARD = ["clipboard-read", "clipboard-write"]
BLOCKED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("The operation is insecure.", "SecurityError"); },
});"""
FULL = """Storage.prototype.setItem = () => {
  throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
};"""


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """Open the page in a context of its own, which may use the clipboard."""
    context = chromium.new_context(permissions=CLIPBOARD, accept_downloads=True)
    page = context.new_page()
    page.goto(address + PATH)
    yield page
    context.close()


def box(page: Page, name: str) -> Locator:
    """Find the box of an item."""
    return page.get_by_role("checkbox", name=items()[name].title, exact=True)


def row(page: Page, name: str) -> Locator:
    """Find the line of an item."""
    return page.locator(".task-list-item").filter(has=page.locator(f"[id='{name}']"))


def button(page: Page, name: str) -> Locator:
    """Find a button of the form."""
    return page.locator("[data-checklist]").get_by_role("button", name=name)


def tick(page: Page, *names: str) -> None:
    """Tick items, as somebody does with a mouse."""
    for name in names:
        row(page, name).locator("label").click()
        expect(box(page, name)).to_be_checked()


def ticked(page: Page) -> list[str]:
    """List the items that are ticked."""
    found: list[str] = page.locator("li:has(input:checked) > a").evaluate_all(
        "all => all.map(each => each.id)"
    )
    return found


def told(page: Page) -> str:
    """Read how many are ticked."""
    return page.locator("[data-checklist] output").inner_text()


def area(page: Page, name: str) -> str:
    """Read the progress of an area: its bar, and the words beside it."""
    own = page.locator(".checklist__areas li").filter(has_text=name)
    bar = own.get_by_role("progressbar", name=name)
    value, most = bar.evaluate("bar => [bar.value, bar.max]")
    words = own.locator("span").inner_text()
    assert f"{value} of {most}" == words
    return words


def copied(page: Page) -> str:
    """Copy the issue, and give it."""
    button(page, "Copy as GitHub issue").click()
    expect(button(page, "Copied")).to_be_visible()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def downloaded(page: Page) -> dict[str, Any]:
    """Download the JSON, and hold it against the schema."""
    with page.expect_download() as event:
        button(page, "Download as JSON").click()
    found: dict[str, Any] = json.loads(event.value.path().read_text("utf-8"))
    schema = json.loads(SCHEMA.read_text("utf-8"))
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(schema, format_checker=checker).validate(found)
    assert re.fullmatch(r"readiness(-[a-z0-9]+)*\.json", event.value.suggested_filename)
    return found


def test_ticks_and_choices_survive_a_reload(page: Page) -> None:
    """What was ticked, typed and chosen is there after a reload."""
    page.get_by_label("Service", exact=True).fill("orders")
    page.get_by_label("Availability objective, %").fill("99.5")
    tick(page, "tracing", "graceful-shutdown")
    page.reload()

    assert ["graceful-shutdown", "tracing"] == ticked(page)
    expect(page.get_by_label("Service", exact=True)).to_have_value("orders")
    expect(page.get_by_label("Availability objective, %")).to_have_value("99.5")
    expect(page.get_by_label("Tier", exact=True)).to_have_value("2")
    row(page, "tracing").locator("label").click()
    page.reload()
    assert ["graceful-shutdown"] == ticked(page)


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_a_tier_is_asked_only_its_own(page: Page, tier: Tier) -> None:
    """Of a lower tier fewer items are asked: the others say so, and cannot be ticked."""
    page.get_by_label("Tier", exact=True).select_option(str(tier))
    wanted = {name for name, item in items().items() if asked(item, tier)}
    found = downloaded(page)

    assert wanted == {each["id"] for each in found["items"] if each["asked"]}
    assert tier == found["tier"]
    assert found["objective"] is None
    for name in items():
        expect(box(page, name)).to_be_enabled(enabled=name in wanted)
        said = f"Not asked of tier {tier}." in row(page, name).inner_text()
        assert said == (name not in wanted)
    assert f"0 of the {len(wanted)} items that are asked are ticked." == told(page)


def test_an_objective_chooses_the_tier_of_the_function(page: Page) -> None:
    """Each objective that is typed chooses the tier that the function gives."""
    objective = page.get_by_label("Availability objective, %")
    tier = page.get_by_label("Tier", exact=True)
    for text in ("99.99", "99.9", "99.899", "99", "98.999", "50", "1.5", "99.9 %"):
        objective.fill(text)
        share = float(text.removesuffix(" %")) / 100
        expect(tier).to_have_value(str(tier_of(share)))
        assert share == pytest.approx(downloaded(page)["objective"], rel=1e-9)
    tier.select_option("2")
    expect(objective).to_have_value("")
    objective.fill("99.5")
    tier.select_option("2")
    expect(objective).to_have_value("99.5")


@pytest.mark.parametrize("text", ["0.999", "100", "-1", "99,9", "many", "1"])
def test_what_is_no_objective_is_refused(page: Page, text: str) -> None:
    """What is no percentage is refused beside the field once it was typed, and chooses nothing."""
    objective = page.get_by_label("Availability objective, %")
    alert = page.locator("[data-checklist]").get_by_role("alert")
    objective.fill(text)
    expect(alert).to_be_empty()
    objective.blur()
    expect(alert).to_have_text("Type a percentage above 1 and below 100, such as 99.9.")
    expect(objective).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Tier", exact=True)).to_have_value("1")
    assert downloaded(page)["objective"] is None
    objective.fill("99")
    expect(alert).to_be_empty()


def test_progress_is_counted_by_area(page: Page) -> None:
    """Each area counts what is ticked of what is asked, and so does the sentence."""
    tick(page, "timeouts", "capacity", "backups", "circuit-breakers")
    areas = ("Reliability", "Observability", "Security", "Operations")
    assert ["2 of 7", "0 of 7", "0 of 6", "2 of 6"] == [area(page, x) for x in areas]
    assert "4 of the 26 items that are asked are ticked." == told(page)
    page.get_by_label("Tier", exact=True).select_option("2")
    assert ["1 of 5", "0 of 7", "0 of 6", "1 of 5"] == [area(page, x) for x in areas]
    page.get_by_label("Tier", exact=True).select_option("1")
    assert "2 of 7" == area(page, "Reliability")


def test_the_issue_has_the_ticks(page: Page) -> None:
    """The copied issue, rendered, has the asked items below their areas, as many ticks, and absolute links."""
    page.get_by_label("Service", exact=True).fill("orders_*<b>* #7")
    page.get_by_label("Availability objective, %").fill("99.5")
    tick(page, "timeouts", "metrics", "backups")
    text = copied(page)
    render = Markdown(extensions=["pymdownx.tasklist"]).convert
    tree = LexborHTMLParser(render(text))
    boxes = [node.css_first("input") for node in tree.css("li.task-list-item")]
    links = tree.css("li.task-list-item a")
    wanted = [item for item in items().values() if asked(item, 2)]
    unasked = [item.title for item in items().values() if not asked(item, 2)]
    marked = [
        link.text()
        for each, link in zip(boxes, links, strict=True)
        if each and "checked" in each.attributes
    ]

    assert "Production readiness: orders_*<b>* #7" == tree.css("h1")[0].text()
    assert [x.title for x in wanted] == [link.text() for link in links]
    assert [items()[x].title for x in ("timeouts", "metrics", "backups")] == marked
    assert 3 == text.count("- [x] ")
    assert list(dict.fromkeys(x.area for x in wanted)) == [
        heading.text() for heading in tree.css("h2")
    ]
    assert f"Tier 2, objective 99.5 %. {told(page)}" in text
    assert f"Not asked of tier 2: {'; '.join(unasked)}." in text
    site = page.locator("link[rel=canonical]").get_attribute("href") or ""
    assert urlsplit(site).scheme == "https"
    for link, item in zip(links, wanted, strict=True):
        href = link.attributes["href"] or ""
        assert href.startswith(site.removesuffix(PATH))
        assert href.endswith(f"/#{item.practice}")


def test_the_download_is_valid(page: Page) -> None:
    """The download has the service, the objective as a share, the day, and each item as the file has it."""
    page.get_by_label("Service", exact=True).fill(" Orders & Co ")
    page.get_by_label("Availability objective, %").fill("99.9")
    tick(page, "secrets", "health-endpoints")
    before = datetime.now(UTC).date().isoformat()
    found = downloaded(page)
    after = datetime.now(UTC).date().isoformat()

    assert "Orders & Co" == found["service"]
    assert 0.999 == found["objective"]
    assert before <= found["date"] <= after
    assert [
        {
            "id": name,
            "title": item.title,
            "area": item.area,
            "asked": True,
            "ticked": name in {"secrets", "health-endpoints"},
        }
        for name, item in items().items()
    ] == found["items"]


def test_clear_can_be_undone(page: Page) -> None:
    """Clear takes everything, Undo brings it back, and after another tick it is gone."""
    page.get_by_label("Service", exact=True).fill("orders")
    page.get_by_label("Tier", exact=True).select_option("2")
    tick(page, "tracing", "secrets")
    button(page, "Clear").click()
    expect(page.get_by_label("Service", exact=True)).to_be_empty()
    assert [] == ticked(page)
    undo = button(page, "Undo")
    expect(undo).to_be_focused()
    undo.click()
    expect(page.get_by_label("Service", exact=True)).to_have_value("orders")
    expect(page.get_by_label("Tier", exact=True)).to_have_value("2")
    page.reload()
    assert ["tracing", "secrets"] == ticked(page)
    button(page, "Clear").click()
    tick(page, "access")
    expect(button(page, "Clear")).to_be_visible()
    expect(undo).to_have_count(0)
    page.reload()
    assert ["access"] == ticked(page)


@pytest.mark.parametrize("script", [BLOCKED, FULL], ids=["blocked", "full"])
def test_a_browser_that_keeps_nothing_is_no_obstacle(
    chromium: Browser, address: str, script: str
) -> None:
    """With the storage blocked or full it can be ticked, and says that nothing is kept."""
    page = chromium.new_context(permissions=CLIPBOARD).new_page()
    faults = list[str]()  # the theme has some of its own
    page.on("pageerror", lambda error: faults.append(error.stack or ""))
    page.add_init_script(script)
    page.goto(address + PATH)
    tick(page, "tracing")
    expect(page.get_by_text("This browser keeps nothing")).to_be_visible()
    assert 1 == copied(page).count("- [x] ")
    page.context.close()

    assert [] == [fault for fault in faults if "checklist.js" in fault]


@pytest.mark.parametrize(
    "kept",
    [
        "{",
        "null",
        "[]",
        '"ticked"',
        '{"tier": "7", "ticked": "all", "service": {}, "objective": 5}',
        '{"tier": "toString", "ticked": ["gone", null, 1, "__proto__"]}',
    ],
)
def test_what_was_kept_may_be_broken(page: Page, kept: str) -> None:
    """Storage with anything else in it counts as empty, and the page goes on."""
    faults = list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, kept])
    page.reload()
    assert [] == ticked(page)
    expect(page.get_by_label("Service", exact=True)).to_be_empty()
    expect(page.get_by_label("Tier", exact=True)).to_have_value("1")
    tick(page, "tracing")
    page.reload()

    assert ["tracing"] == ticked(page)
    assert [] == faults


def test_an_objective_and_a_tier_that_disagree_are_made_to_agree(page: Page) -> None:
    """Of a kept objective and a tier that do not fit, the objective counts."""
    kept = '{"objective": "99.9", "tier": "3"}'
    page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, kept])
    page.reload()

    expect(page.get_by_label("Tier", exact=True)).to_have_value("1")


def test_two_tabs_show_the_same(page: Page, address: str) -> None:
    """What is ticked in one tab is ticked in the other."""
    other = page.context.new_page()
    other.goto(address + PATH)
    tick(page, "tracing")
    expect(box(other, "tracing")).to_be_checked()
    tick(other, "access")
    expect(box(page, "access")).to_be_checked()

    assert ["tracing", "access"] == ticked(page) == ticked(other)


def test_without_a_clipboard_the_issue_is_there_to_copy(
    chromium: Browser, address: str
) -> None:
    """Where the clipboard is refused, the text stands in a box, selected."""
    page = chromium.new_page()
    page.add_init_script(
        'Object.defineProperty(navigator, "clipboard", { value: undefined });'
    )
    page.goto(address + PATH)
    tick(page, "tracing")
    button(page, "Copy as GitHub issue").click()
    spare = page.get_by_role("textbox", name="The issue, to copy by hand")
    expect(spare).to_be_focused()
    chosen = page.evaluate("getSelection().toString()")
    tick(page, "access")
    expect(spare).to_be_hidden()
    page.close()

    assert 1 == chosen.count("- [x] ")


def test_it_works_by_keyboard_alone(page: Page) -> None:
    """Tab reaches the form, the boxes and the links in order, each is seen, and Space ticks."""
    page.get_by_label("Service", exact=True).focus()
    names = []
    for _ in range(14):
        at = page.locator(":focus")
        shown = at.evaluate(
            """node => {
              const drawn = node.type === "checkbox"
                ? getComputedStyle(node.nextElementSibling, "::before") : getComputedStyle(node);
              return drawn.outlineStyle === "none" ? 0 : parseFloat(drawn.outlineWidth);
            }"""
        )
        names.append(
            at.evaluate("node => node.labels?.[0]?.innerText.trim() || node.innerText")
        )
        assert shown > 0, names
        page.keyboard.press("Tab")
    assert ["Service", "Availability objective, %", "Tier"] == names[:3]
    assert ["Reliability", "Observability", "Security", "Operations"] == names[3:7]
    assert ["Copy as GitHub issue", "Download as JSON", "Clear"] == names[7:10]
    first = items()["health-endpoints"].title
    assert ["#", "", first] == names[10:13]
    box(page, "tracing").focus()
    page.keyboard.press("Space")
    assert ["tracing"] == ticked(page)
    page.keyboard.press("Space")
    assert [] == ticked(page)


def test_every_box_has_a_name_and_a_description(page: Page) -> None:
    """A screen reader says the title of each item, and what counts as evidence."""
    for name, item in items().items():
        expect(box(page, name)).to_have_accessible_name(item.title)
        expect(box(page, name)).to_have_accessible_description(
            item.evidence.replace("`", "")
        )
        target = row(page, name).locator("label").bounding_box()
        assert target
        assert min(target["width"], target["height"]) >= 24


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_in_use(
    chromium: Browser,
    address: str,
    scheme: Any,  # noqa: ANN401 # a Literal of Playwright's
) -> None:
    """Axe finds no fault with ticks, items that are not asked and a refused objective, wide and narrow."""
    page = chromium.new_context(color_scheme=scheme).new_page()
    page.goto(address + PATH)
    page.get_by_label("Tier", exact=True).select_option("3")
    tick(page, "access", "secrets")
    page.get_by_label("Availability objective, %").fill("100")
    page.get_by_label("Availability objective, %").blur()
    faults = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLED)
        faults += [f"{width}: {fault}" for fault in seen(page)]
        assert width == page.evaluate("document.documentElement.scrollWidth")
    page.context.close()

    assert [] == faults


def test_it_prints_without_buttons(page: Page) -> None:
    """On paper are the ticks, the service and the tier, and no button."""
    page.get_by_label("Service", exact=True).fill("orders")
    tick(page, "tracing")
    page.emulate_media(media="print")
    expect(button(page, "Clear")).to_be_hidden()
    expect(page.get_by_label("Service", exact=True)).to_be_visible()
    mark = (
        row(page, "tracing")
        .locator(".task-list-indicator")
        .evaluate('node => getComputedStyle(node, "::before").content')
    )

    assert '"✓"' == mark


def test_no_other_page_loads_the_script(page: Page, address: str) -> None:
    """The checklist costs nothing where there is none."""
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(urlsplit(request.url).path))
    page.goto(f"{address}readiness/review/", wait_until="networkidle")

    assert [] == [path for path in loaded if "/checklist." in path]


def test_without_scripts_the_list_is_there_to_read(
    chromium: Browser, address: str
) -> None:
    """Without JavaScript each item is there with its evidence, and nothing to press that does nothing."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PATH)
    for name, item in items().items():
        expect(row(page, name)).to_be_visible()
        expect(row(page, name)).to_contain_text(item.why)
        expect(row(page, name)).to_contain_text(item.evidence.replace("`", ""))
    article = page.locator("article")
    expect(article.get_by_role("checkbox")).to_have_count(0)
    expect(article.get_by_role("button")).to_have_count(0)
    expect(article.locator("[data-checklist]")).to_be_hidden()
    context.close()
