"""A page is there as Markdown too, with its code in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handbook.markdown import as_markdown
from tests.projects import SITE, embed

if TYPE_CHECKING:
    from tests.projects import Project

REPO = "https://code.test/small"
DRAWING = '<svg aria-label="Hot &amp; cold"><path/></svg>\n'


def written(project: Project, page: str) -> str:
    """Give a page as Markdown."""
    return as_markdown(project.root, page, REPO, SITE)


def test_a_practice_says_its_level_and_shows_its_code(project: Project) -> None:
    """What a heading and an embed stand for is put in their place, and nothing else changes."""
    text = written(project, "chapter/greeting.md")

    assert text.startswith("# Greeting\n\nword")
    assert (
        f"""\
## Greet the world

Must · <{SITE}p/greet/>

Greet it by name.
"""
        in text
    )
    assert (
        f"""\
**Don't.** Greet nobody.

```python
def greet() -> str:
    \"\"\"Greet nobody.\"\"\"
    return "hello"
```

Don't: [greeting_dont.py]({REPO}/blob/main/snippets/chapter/greeting_dont.py)

**Verified.** By a test.[^one]
"""
        in text
    )
    assert "\n## In review\n\n- Look.\n" in text


def test_a_list_is_put_in(project: Project) -> None:
    """A page that asks for practices has them, and its links lead to Markdown."""
    project.page("<!-- practices: greet -->\n", "reference/list.md")

    assert (
        "- [Greet the world](../chapter/greeting.md#greet)"
        " · Must · not verified in this build\n"
    ) == written(project, "reference/list.md")


def test_markdown_in_markdown_stays_whole(project: Project) -> None:
    """The fence is longer than those that it holds, and keeps its place in a tab."""
    project.write("snippets/chapter/form.md", "Why?\n\n````text\nx\n````\n")
    fence = embed("chapter/form.md", "markdown").replace("\n", "\n    ").rstrip()
    project.page(f'=== "Form"\n\n    {fence}\n')
    text = written(project, "index.md")

    assert "\n    `````markdown\n    Why?\n\n    ````text\n" in text
    assert "\n    `````\n\n    [form.md](" in text


def test_a_drawing_is_named(project: Project) -> None:
    """Of a drawing the words are kept; one without words is a drawing."""
    project.write("snippets/chapter/one.svg", DRAWING)
    project.write("snippets/chapter/two.svg", "<svg/>\n")
    project.page(embed("chapter/one.svg", "svg") + embed("chapter/two.svg", "svg"))

    assert [
        f"[Hot & cold]({REPO}/blob/main/snippets/chapter/one.svg)",
        f"[Drawing]({REPO}/blob/main/snippets/chapter/two.svg)",
    ] == written(project, "index.md").strip().split("\n")


def test_what_is_refused_says_so(project: Project) -> None:
    """An embed that leads nowhere is no code."""
    project.page(embed("chapter/none.py"))

    assert "Refused: there is no file snippets/chapter/none.py.\n" == written(
        project, "index.md"
    )


def test_docstrings_are_a_link(project: Project) -> None:
    """A page made from docstrings leads to their files."""
    project.page("::: snippets.chapter.greeting\n")

    assert (
        f"- [snippets.chapter.greeting]({REPO}/blob/main/snippets/chapter/greeting.py)\n"
    ) == written(project, "index.md")


def test_it_is_beside_the_page(project: Project) -> None:
    """The build writes it where the page's source is."""
    site = project.build()
    text = (site / "chapter/greeting.md").read_text(encoding="utf-8")

    assert written(project, "chapter/greeting.md") == text
