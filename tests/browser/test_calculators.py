"""The calculators of the page say what the functions beside them say."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_pages import SETTLED, seen
from tests.slos.calculators import FUNCTIONS, Case, answer, cases

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "slos/calculators/"
ANSWERED, REFUSED = cases()
SCRIPTS = {"calculations.js", "pictures.js", "answers.js", "calculators.js"}
CLIPBOARD = ["clipboard-read", "clipboard-write"]
PAUSE = 400  # milliseconds, as the page has it


@pytest.fixture(scope="module")
def shared(chromium: Browser, address: str) -> Iterator[Page]:
    """Open the page once, for what types into all fields itself."""
    page = chromium.new_page()
    page.goto(address + PATH)
    yield page
    page.close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """Open the page in a context of its own, which may use the clipboard."""
    context = chromium.new_context(permissions=CLIPBOARD)
    page = context.new_page()
    page.goto(address + PATH)
    yield page
    context.close()


def calculator(page: Page, name: str) -> Locator:
    """Find the form of a calculator, by the heading that names it."""
    return page.locator(f'[data-calculator="{name}"] form')


def field(page: Page, calculator: str, name: str) -> Locator:
    """Find a field of a calculator."""
    return page.locator(f'[id="{calculator}.{name}"]')


def fill(page: Page, case: Case) -> None:
    """Type a case into its calculator, as somebody does who leaves each field."""
    for name, text in case.typed.items():
        control = field(page, case.calculator, name)
        if name == "measure":
            control.select_option(text)
        elif control.input_value() != text:
            control.fill(text)
            control.blur()


def results(page: Page, name: str) -> dict[str, Any]:
    """Read every result that a calculator shows."""
    said = {"": None, "true": True, "false": False}
    shown = (
        calculator(page, name)
        .locator("data")
        .evaluate_all("all => all.map(each => [each.dataset.key, each.value])")
    )
    return {k: said[text] if text in said else float(text) for k, text in shown}


def differing(shown: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Give the results that differ, at the ninth digit or before it."""

    def same(one: float | None, other: float | None) -> bool:
        if one is None or other is None:
            return one is other
        return math.isclose(one, other, rel_tol=1e-8, abs_tol=1e-6)

    keys = shown.keys() | told.keys()
    pairs = {key: (shown.get(key, ...), told.get(key, ...)) for key in keys}
    return {k: pair for k, pair in pairs.items() if ... in pair or not same(*pair)}


def sentence(page: Page, name: str) -> Locator:
    """Find the sentence that answers."""
    return calculator(page, name).locator("output")


@pytest.mark.parametrize("case", ANSWERED, ids=str)
def test_the_page_answers_as_the_function_does(shared: Page, case: Case) -> None:
    """A case that is typed in has its sentence, and every number of the function."""
    fill(shared, case)
    expect(sentence(shared, case.calculator)).to_have_text(case.says)
    shown = results(shared, case.calculator)
    told = FUNCTIONS[case.calculator](case.typed)

    assert len(shown) > 1
    assert {} == differing(shown, {key: told[key] for key in shown})


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_the_page_refuses_as_the_function_does(shared: Page, case: Case) -> None:
    """What has no answer is refused beside its field, and nothing is shown for it."""
    fill(shared, case)
    name, message = case.refusal
    control = field(shared, case.calculator, name)
    fault = shared.locator(f'[id="{control.get_attribute("aria-describedby")}"]')
    form = calculator(shared, case.calculator)
    expect(fault).to_have_text(message)
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(fault).to_have_role("alert")

    assert message == control.evaluate(
        "field => field.ariaDescribedByElements[0].innerText"
    )
    assert 1 == form.locator('[aria-invalid="true"]').count()
    assert "–" == form.locator("output").inner_text()
    assert {} == results(shared, case.calculator)
    assert 0 == form.locator("svg").count()


def grid() -> dict[str, list[dict[str, Any]]]:
    """Give many inputs to each calculation, as numbers."""
    slos, burns = [2, 50, 90, 93, 99, 99.5, 99.9, 99.95, 99.999], [0.2, 1, 1.02, 1.04]
    waits, few = [0, 0.5, 5, 10, 30], range(1, 11)
    return {
        "error-budget": [
            {"slo": slo, "rate": rate}
            for slo, rate in itertools.product(slos, [None, 0.01, 1, 333, 1_000_000])
        ],
        "burn-rate": [
            {"slo": slo, "measure": measure, "level": level, "days": days}
            for slo, days in itertools.product(slos, [1, 7, 28, 30, 90])
            for measure, levels in (("burn", burns), ("errors", [0.01, 1.44, 9, 100]))
            for level in levels
            if measure == "errors" or level < 100 / (100 - slo)
        ],
        "retry-amplification": [
            {"layers": layers, "tries": tries, "share": share}
            for layers, tries, share in itertools.product(few, few, [0, 10, 33.3, 100])
        ],
        "grace-period": [
            dict(zip(("preStop", "drain", "flush", "grace"), each, strict=True))
            for each in itertools.product(waits, waits, waits, [1, 30, 60])
        ],
    }


@pytest.mark.parametrize(("name", "inputs"), grid().items(), ids=grid())
def test_the_script_and_the_function_are_one(
    shared: Page, name: str, inputs: list[dict[str, Any]]
) -> None:
    """On a grid of inputs the script computes what the function computes."""
    first, *rest = name.split("-")
    compute = first + "".join(map(str.title, rest))
    computed = shared.evaluate(
        "([name, inputs]) => inputs.map(calculations[name])", [compute, inputs]
    )

    assert len(inputs) >= 45
    for typed, shown in zip(inputs, computed, strict=True):
        texts = {k: "" if v is None else f"{v}" for k, v in typed.items()}
        told = answer(name, texts)
        assert isinstance(told, dict), (texts, told)
        assert {} == differing(shown, told), texts


def test_reload_back_and_forward_restore_what_was_typed(page: Page) -> None:
    """The address holds the fields, so that the history goes through them."""
    said = sentence(page, "error-budget")
    before = said.inner_text()
    slo = field(page, "error-budget", "slo")
    for text in ("99", "99.5"):
        slo.fill(text)
        slo.blur()
    expect(said).to_contain_text("3 h 36 min")
    page.reload()
    expect(said).to_contain_text("3 h 36 min")
    expect(slo).to_have_value("99.5")
    page.go_back()
    expect(said).to_contain_text("7 h 12 min")
    page.go_back()
    expect(said).to_have_text(before)
    page.go_forward()
    expect(slo).to_have_value("99")


def test_an_edit_has_one_entry_in_the_history(page: Page) -> None:
    """Pauses while a field is edited make one step back, and not one each."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    slo = field(page, "error-budget", "slo")
    depth = page.evaluate("history.length")
    slo.fill("")
    for key in "99.5":
        slo.press(key)
        page.clock.run_for(PAUSE)

    assert depth + 1 == page.evaluate("history.length")
    assert "error-budget.slo=99.5" in page.url


def test_a_copied_link_gives_the_same_answer_to_somebody_else(
    page: Page, chromium: Browser
) -> None:
    """Copy link gives one calculation, its heading, and nothing of the others."""
    for name, text in (("layers", "4"), ("tries", "2")):
        field(page, "retry-amplification", name).fill(text)
    field(page, "error-budget", "slo").fill("95")
    form = calculator(page, "retry-amplification")
    form.get_by_role("button", name="Copy link").click()
    expect(form.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    said = sentence(page, "retry-amplification").inner_text()
    parts = urlsplit(link)
    other = chromium.new_page()
    other.goto(link)
    expect(sentence(other, "retry-amplification")).to_have_text(said)
    expect(other.locator("#retry-amplification")).to_be_in_viewport()
    budget = sentence(other, "error-budget").inner_text()
    other.close()

    assert "16" in said
    assert "retry-amplification" == parts.fragment
    assert "43" in budget
    assert {
        "retry-amplification.layers": "4",
        "retry-amplification.tries": "2",
        "retry-amplification.share": "10",
    } == dict(parse_qsl(parts.query))


def test_a_linked_fault_is_shown(page: Page, address: str) -> None:
    """A link with bad values shows them with their faults, and no script in them."""
    text = "%3Cimg%20src=x%20onerror=document.title=1%3E"
    query = f"?grace-period.drain={text}&burn-rate.measure=toString"
    page.goto(address + PATH + query)
    form = calculator(page, "grace-period")
    expect(form.get_by_role("alert").filter(has_text="Type seconds")).to_be_visible()
    expect(field(page, "burn-rate", "measure")).to_have_value("errors")

    assert 0 == form.locator("img").count()
    assert "Calculators" in page.title()


def test_a_fault_is_named_when_the_typing_has_paused(page: Page) -> None:
    """What is on its way to a number is not called a fault before a pause."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    slo = field(page, "error-budget", "slo")
    fault = page.locator('[id="error-budget.slo.fault"]')
    slo.fill("0")
    expect(sentence(page, "error-budget")).to_have_text("–")
    expect(fault).to_be_empty()
    page.clock.run_for(PAUSE)
    expect(fault).to_contain_text("such as 99.9")
    slo.fill("99")
    expect(fault).to_be_empty()
    expect(sentence(page, "error-budget")).to_contain_text("7 h 12 min")


def test_it_works_by_keyboard_alone(page: Page) -> None:
    """Tab goes from field to field to the button, and each shows where it is."""
    form = calculator(page, "grace-period")
    field(page, "grace-period", "preStop").focus()
    names = []
    for text in ("1", "2", "3", "60", None):
        at = page.locator(":focus")
        width = at.evaluate("node => getComputedStyle(node).outlineWidth")
        names.append(
            at.evaluate("node => node.labels?.[0]?.innerText ?? node.innerText")
        )
        assert float(width.removesuffix("px")) >= 2
        if text:
            page.keyboard.press("Control+A")
            page.keyboard.type(text)
        page.keyboard.press("Tab")

    assert ["preStop", "Drain limit", "Flush limit", "Grace period"] == names[:4]
    assert names[4] == "Copy link"
    expect(form.locator("output")).to_have_text("It fits: 54 s to spare.")


@pytest.mark.parametrize(
    ("level", "told"),
    [
        (
            "100",
            ["falls from 100 % to 0 % in 43 min 12 s", "exceeds 14.4× after 51.8 s"],
        ),
        ("0.5", ["ticket, 3× and 1×: 14 h 24 min", "exceeds 3× after 14 h 24 min"]),
        ("0.05", ["falls from 100 % to 50 % in 30 d. No alert goes out."]),
    ],
)
def test_the_drawings_have_names_that_say_what_they_show(
    page: Page, level: str, told: list[str]
) -> None:
    """Each drawing is an image whose name has its numbers; none stands without them."""
    control = field(page, "burn-rate", "level")
    control.fill(level)
    control.blur()
    drawings = calculator(page, "burn-rate").locator("svg[role=img]")
    expect(drawings).to_have_count(len(told))
    for drawing, words in zip(drawings.all(), told, strict=True):
        label = (drawing.get_attribute("aria-label") or "").replace("\u00a0", " ")
        assert words in label
    captions = calculator(page, "burn-rate").locator("figcaption:visible")
    expect(captions).to_have_count(len(told))


@pytest.mark.parametrize("query", ["", "?grace-period.drain=30&burn-rate.level=100"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_drawing_is_as_wide_as_its_place(page: Page, query: str, width: int) -> None:
    """Drawings are drawn again for each width, and nothing scrolls sideways."""
    page.goto(page.url + query)
    page.set_viewport_size({"width": width, "height": 900})
    for drawing in page.locator("[data-calculator] svg[role=img]").all():
        expect(drawing).to_be_visible()
        box = drawing.bounding_box()
        wanted = drawing.evaluate("svg => svg.viewBox.baseVal.width")
        assert box
        assert box["width"] == pytest.approx(wanted)
        assert drawing.evaluate("svg => svg.getBBox().width <= svg.clientWidth")
    assert width == page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_faults_and_drawings_are_accessible(
    chromium: Browser,
    address: str,
    scheme: Any,  # noqa: ANN401 # a Literal of Playwright's
) -> None:
    """Axe finds no fault while fields are refused, alerts go out and nothing fits."""
    page = chromium.new_context(color_scheme=scheme).new_page()
    query = "?error-budget.slo=100&burn-rate.level=100&grace-period.drain=30"
    page.goto(f"{address}{PATH}{query}")
    faults = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLED)
        faults += [f"{width}: {fault}" for fault in seen(page)]
    page.context.close()

    assert [] == faults


def test_no_other_page_loads_the_scripts(page: Page, address: str) -> None:
    """The calculators cost nothing where there are none."""
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(urlsplit(request.url).path))

    def own() -> list[str]:
        """List what no theme has, of what was loaded since."""
        page.wait_for_load_state("networkidle")
        files = [path.rpartition("/assets/")[2] for path in loaded]
        loaded.clear()
        return sorted(file for file in files if "/" not in file and "." in file)

    page.reload()
    here = own()
    page.goto(address)

    assert {"calculators.css", *SCRIPTS} == {*here} - {*own()}


def test_without_scripts_the_page_says_so(chromium: Browser, address: str) -> None:
    """Without JavaScript there is a line in the place of each calculator."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PATH)
    lines = page.get_by_text("The calculator needs JavaScript")
    expect(lines).to_have_count(len(FUNCTIONS))
    expect(lines.first).to_be_visible()
    context.close()
