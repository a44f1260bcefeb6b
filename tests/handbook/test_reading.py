"""A reading path names its pages, and says how long each takes."""

from __future__ import annotations

import pytest
from markdown import Markdown

from handbook.__main__ import check_inputs
from handbook.errors import HandbookError
from handbook.headings import HeadingsExtension
from handbook.reading import minutes
from tests.projects import SITE, Project, embed


@pytest.mark.parametrize(
    ("count", "shown", "took"),
    [
        (0, "", 1),
        (238, "", 1),
        (239, "", 2),
        (2380, "", 10),
        (237, "chapter/greeting.py", 2),
        (2300, "chapter/greeting.py", 11),
        (230, "chapter/none.py", 1),
        (230, "chapter/drawn.svg", 1),
    ],
)
def test_a_page_takes_its_words_and_its_code(
    project: Project, count: int, shown: str, took: int
) -> None:
    """238 words or 20 lines of code are a minute; what is drawn or refused is not read."""
    project.write("snippets/chapter/drawn.svg", "<svg>\n" + "<g/>\n" * 99 + "</svg>\n")
    project.page("word " * count + "\n\n" + embed(shown), "chapter/long.md")

    assert took == minutes(project.root, "chapter/long.md")


def test_a_path_names_its_pages(project: Project) -> None:
    """One line becomes links with minutes, and what each page says."""
    lists = HeadingsExtension(root=str(project.root), repo="", site=SITE)
    made = Markdown(extensions=["attr_list", lists]).convert(
        "<!-- read: chapter/greeting index -->"
    )

    assert '<a data-minutes="3" href="chapter/greeting.md">Page</a> · 3 min.' in made
    assert 2 == made.count("One page.")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("chapter/greetin", "do you mean chapter/greeting?"),
        ("x/y", "write chapter/page"),
    ],
)
def test_a_page_that_is_not_there_is_told(
    project: Project, name: str, hint: str
) -> None:
    """A path that leads nowhere stops the build; a preview shows the others."""
    project.page(f"# Paths\n\n<!-- read: {name} chapter/greeting -->\n", "paths.md")
    with pytest.raises(HandbookError) as refused:
        check_inputs(project.root)
    lists = HeadingsExtension(root=str(project.root), repo="", site=SITE)
    made = Markdown(extensions=[lists]).convert(f"<!-- read: {name} index -->")

    assert f"docs/paths.md:11: no page is {name!r}: {hint}" == str(refused.value)
    assert 1 == made.count("<li>")
