"""A practice shows its level, its proof and its link; a page shows its facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown import Markdown
from zensical.extensions.context import ContextExtension, Page

from handbook.gate import read_html
from handbook.headings import HeadingsExtension, plain
from tests.drawing import DO, drawing
from tests.projects import FRONT, SITE, Project, embed

TESTS = [
    {
        "id": f"tests/chapter/test_greeting.py::test_{name}",
        "line": 4,
        "summary": f"It is {name} & true.",
        name: ["greet"],
    }
    for name in ("proves", "harm")
]


def tested(project: Project) -> None:
    """Write a ledger of a proof and a harm."""
    project.ledger(*TESTS, Python="3.11.7", pytest="9.2.0", Prometheus="2.42.0")


def html(project: Project, page: str) -> str:
    """Build the site, and give a page of it."""
    return Path(project.build(), page, "index.html").read_text(encoding="utf-8")


def test_a_practice_shows_its_level_proofs_and_harms(project: Project) -> None:
    """Below a heading stand the level, the link, the statement and the tests."""
    tested(project)
    page = html(project, "chapter/greeting")

    assert f'data-level="must" data-link="{SITE}p/greet/"' in page
    assert 'data-statement="Greet it by name."' in page
    assert "proved by 1 test<" in page
    assert "harm shown by 1 test<" in page
    link = "https://code.test/small/blob/main/tests/chapter/test_greeting.py#L4"
    assert f'<a href="{link}">It is proves &amp; true.</a>' in page
    assert 1 == page.count('class="practice ')


def test_a_practice_inside_another_element_is_found(project: Project) -> None:
    """A practice in an admonition has its bar too."""
    project.page('<div markdown="1">\n\n## A { #a .may }\n\nA.\n\n</div>\n')

    assert "practice--may" in html(project, "")


def test_a_page_shows_its_symptoms_versions_and_owner(project: Project) -> None:
    """At the end of a page stand its search words, versions, owner and review."""
    tested(project)
    file = project.root / "snippets/chapter/greeting.py"
    file.write_text("import pytest\n" + file.read_text("utf-8"), encoding="utf-8")
    project.page(embed("chapter/greeting.py") + embed("chapter/no.py"))
    facts = html(project, "").rpartition('<div class="page-facts">')[2]

    assert facts.startswith(
        "<p>Also searched as: it hurts.</p>"
        "<p>Verified with Python 3.11.7, pytest 9.2.0.</p>"
        "<p>Owner: team. Reviewed: 2026-11-22. "
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rate.promql", "sum(up)"),
        ("alerts.yml", "groups:\n  - rules:\n      - alert: A\n        expr: up"),
        ("panel.json", '{\n"expr": "up"\n}'),
    ],
)
def test_a_page_with_queries_says_which_prometheus(
    project: Project, name: str, text: str
) -> None:
    """What Prometheus evaluates is verified with a version of Prometheus."""
    tested(project)
    project.write(f"snippets/chapter/{name}", text)
    language = {"promql": "promql", "yml": "yaml", "json": "json"}[name.split(".")[1]]
    project.page(f'```{language}\n--8<-- "chapter/{name}"\n```\n')

    assert "Prometheus 2.42.0.</p>" in html(project, "")


@pytest.mark.parametrize("width", [72, 73])
def test_a_log_line_wraps_and_a_table_scrolls(project: Project, width: int) -> None:
    """Output that is wider than a screen wraps; what fits keeps its columns."""
    project.write("snippets/chapter/lines.out", f"short\n{'x' * width}\n")
    project.page('```text\n--8<-- "chapter/lines.out"\n```\n')

    assert (width > 72) == ("data-wrap" in html(project, ""))


def test_a_page_without_symptoms_shows_none(project: Project) -> None:
    """A page that nobody searches for says nothing of it."""
    project.write("docs/index.md", FRONT.replace("[it hurts]", "[]") + "# A\n")

    assert "Also searched as" not in html(project, "")


@pytest.mark.parametrize("proved", [True, False])
def test_every_practice_is_listed_with_the_words_that_find_it(
    project: Project,
    proved: bool,  # noqa: FBT001 # a parameter
) -> None:
    """The page that asks for it lists practices by chapter, for a filter and for readers."""
    if proved:
        tested(project)
    listed = html(project, "reference/practices")
    proof = "tests" if proved else "sources"
    count = "1 test" if proved else "not verified in this build"

    assert '<h2 id="chapter">chapter' in listed
    assert (
        '<li class="practice--must" data-id="greet" data-chapter="chapter" data-level="must"'
        f' data-proof="{proof}" data-words="greet|Greet the world|it hurts">'
        '<a href="../../chapter/greeting/#greet">Greet the world</a>'
        ' <code>greet</code> <span class="level">Must</span>'
        f" <span>{count}</span></li>"
    ) in listed


@pytest.mark.parametrize("proved", [True, False])
def test_the_ledger_page_lists_every_practice(project: Project, proved: bool) -> None:  # noqa: FBT001 # a parameter
    """The page that asks for it lists practices with proofs, harms and exemptions."""
    if proved:
        tested(project)
        fence = '```python untested="needs a cluster of its own"\nx = 1\n```\n'
        project.page(fence, "other.md")
    text = re.sub(r"<[^>]+>", "", html(project, "proofs"))

    assert proved == ("Proof: It is proves &amp; true." in text)
    assert proved == ("Harm: It is harm &amp; true." in text)
    assert proved == ("docs/other.md, line 9: needs a cluster of its own" in text)
    assert proved != ("No proof in this build; sources cited: 1" in text)
    assert proved != ("None." in text)


def test_a_docstring_is_no_page(project: Project) -> None:
    """What mkdocstrings renders has no facts of its own, and its code is refused."""
    text = (project.root / "mkdocs.yml").read_text("utf-8")
    plugin = "plugins: [{ mkdocstrings: { handlers: { python: { paths: ['.'] } } } }]"
    theme = text.replace("plugins: []", plugin).replace(
        "{ name: null, custom_dir: theme }", "{ name: material, font: false }"
    )
    project.write("mkdocs.yml", theme)
    doc = '"""Say hello.\n\nAt once.\n\n```python\nx = 1\n```\n"""\nY = 1\n'
    project.write("snippets/chapter/documented.py", doc)
    project.page("::: snippets.chapter.documented\n")
    page = html(project, "")

    assert 1 == page.count('class="page-facts"')
    assert "Refused:" in page


def test_zensical_names_the_page_too(project: Project) -> None:
    """The page's facts are found under the other generator, and without any."""
    page = Page(url="", path="index.md")
    context = ContextExtension(page=page, config={})
    ours = HeadingsExtension(root=str(project.root))

    assert "Owner: team." in Markdown(extensions=[context, ours]).convert("# A")
    assert "<h1>A</h1>" == Markdown(extensions=[ours]).convert("# A")


def test_a_statement_is_plain_words() -> None:
    """Links, strong words and footnotes leave only their words; code keeps its marks."""

    assert "Use `x`, always." == plain("Use [`x`](y.md), **always**.[^a]")


def test_a_drawing_stands_in_the_page(project: Project) -> None:
    """An SVG becomes part of the page, so that it can take the page's colours."""
    with drawing("Costs & time") as drawn:
        drawn.axes[0].plot([0, 1], color=DO)
    project.write("snippets/chapter/costs.svg", drawn.svg)
    project.page('```svg\n--8<-- "chapter/costs.svg"\n```\n')

    page = html(project, "")
    shown = read_html(project.root, page)

    assert '<svg role="img" aria-label="Costs &amp; time"' in page
    assert "var(--do)" in page
    assert ["chapter/costs.svg"] == shown.embeds
    assert [] == shown.findings


def test_a_drawing_has_no_colour_of_one_scheme() -> None:
    """A colour that only one scheme can show is refused where it is drawn."""
    with (
        pytest.raises(ValueError, match="#123456 would be seen in one scheme only"),
        drawing("Costs") as drawn,
    ):
        drawn.axes[0].plot([0, 1], color="#123456")


def test_a_page_lists_the_practices_that_it_asks_for(project: Project) -> None:
    """One line names IDs, and becomes links with their levels and their tests."""
    tested(project)
    project.page("Before.\n\n<!-- practices: greet -->\n\nAfter.\n", "chapter/why.md")
    page = html(project, "chapter/why")

    assert (
        '<li><a href="../greeting/#greet">Greet the world</a> · Must · 1 test</li>'
        in page
    )
    assert "practices:" not in page


def test_an_unknown_practice_is_left_out_of_a_list(project: Project) -> None:
    """A preview shows the others; the build has refused the page already."""
    lists = HeadingsExtension(root=str(project.root), repo="", site=SITE)
    made = Markdown(extensions=[lists]).convert("<!-- practices: greet gret -->")

    assert 1 == made.count("<li>")


@pytest.mark.parametrize(
    ("kept", "said"),
    [(None, "not verified in this build"), ([], "sources alone"), (TESTS, "1 test")],
    ids=["no ledger", "no proof", "proof"],
)
def test_a_list_says_what_a_practice_rests_on(
    project: Project, kept: list[dict[str, object]] | None, said: str
) -> None:
    """Only what was run is counted, and what was not run is not called unproved."""
    if kept is not None:
        project.ledger(*kept)
    lists = HeadingsExtension(root=str(project.root), repo="", site=SITE)
    made = Markdown(extensions=[lists]).convert("<!-- practices: greet -->")

    assert made.endswith(f"· {said}</li>\n</ul>")
