"""A term shows its meaning where it lands, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser

from handbook.compare import compare
from handbook.errors import HandbookError
from handbook.glossary import GlossaryExtension, check_used, glossary
from tests.projects import FRONT, PAGE, Project

GLOSSARY = """\
# Glossary

Canary
:   A small bird. [Page](../index.md)

Error budget
:   What may fail: 1 minus the objective. [Page](../index.md)

SLO
Objective
:   What must be good. [Page](../index.md)
"""
NAME = "reference/glossary.md"


def marked(project: Project, body: str, entries: str = GLOSSARY) -> list[str]:
    """Build a page beside a glossary, and give the terms marked in it, with their tails."""
    project.page(entries, NAME)
    project.page(body)
    html = Path(project.build(), "index.html").read_text(encoding="utf-8")
    return [node.text() for node in LexborHTMLParser(html).css("abbr")]


@pytest.mark.parametrize(
    ("body", "terms"),
    [
        ("A canary.", ["canary"]),
        ("Canaries, and SLOs.", ["Canaries", "SLOs"]),
        ("Error\nbudgets burn.", ["Error\nbudgets"]),
        ("The error-budget policy.", ["error-budget"]),
        ("**SLO.** A *canary* or two.", ["SLO", "canary"]),
        ("A canary and its (canary).", ["canary"]),
        ("An objective is an SLO.", ["objective"]),
        ("- a canary\n- an SLO", ["canary", "SLO"]),
        ("An SLO.\n\n## A\n\nAn SLO.\n\n### B\n\nAn SLO.", ["SLO", "SLO"]),
        ("An slo, a CANARY, non-canary, SLO-like, canary/1, canaryish.", []),
        ("# A canary\n\n## The SLO\n\n### The SLO", []),
        ("[A canary](#a) and `SLO`.", []),
        ("One.[^one]\n\n[^one]: A canary.", []),
        ("!!! note\n\n    An SLO.", ["SLO"]),
    ],
)
def test_a_term_is_marked_where_it_first_lands(
    project: Project, body: str, terms: list[str]
) -> None:
    """A term is marked once above the first practice and once in each section, and in no heading, link, code or footnote."""

    assert terms == marked(project, body)


def test_the_text_stays_as_it_was(project: Project) -> None:
    """Marks are put around words: every word, space, ID and statement stays."""
    body = PAGE.replace("Greet it by name.", "An SLO, *a canary* (SLO) & an\nSLO  too.")
    project.page(body, "chapter/greeting.md")
    trees, said = [], []
    for _ in range(2):
        site = project.build()
        html = Path(site, "chapter/greeting/index.html").read_text(encoding="utf-8")
        trees.append(LexborHTMLParser(html))
        said.append(json.loads((site / "practices.json").read_text(encoding="utf-8")))
        project.page(GLOSSARY, NAME)
    (statement,) = trees[1].css("#greet + .practice + p")

    assert [0, 2] == [len(tree.css("abbr")) for tree in trees]
    assert said[0] == said[1]
    assert (
        "An SLO, *a canary* (SLO) & an SLO too." == said[1]["practices"][0]["statement"]
    )
    assert trees[0].text() == trees[1].text()
    assert ["SLO", "canary"] == [node.text() for node in statement.css("abbr")]
    for tree in trees:
        (bar,) = tree.css(".practice")
        assert said[0]["practices"][0]["statement"] == bar.attributes["data-statement"]


def test_a_changed_definition_changes_what_is_shown(project: Project) -> None:
    """The meaning at a term is that of the glossary, which says it once."""
    meanings = []
    for text in (GLOSSARY, GLOSSARY.replace("A small", "A yellow")):
        assert ["canary"] == marked(project, "A canary.", text)
        html = Path(project.root, "site/index.html").read_text(encoding="utf-8")
        (term,) = LexborHTMLParser(html).css("abbr")
        meanings.append(term.attributes)

    assert {"title": "A small bird.", "tabindex": "0"} == meanings[0]
    assert {"title": "A yellow bird.", "tabindex": "0"} == meanings[1]


def test_a_term_has_an_address_in_the_glossary(project: Project) -> None:
    """Each term of the glossary can be linked, and none is marked there."""
    project.page(GLOSSARY, NAME)
    html = Path(project.build(), "reference/glossary/index.html").read_text("utf-8")
    tree = LexborHTMLParser(html)

    assert ["canary", "error-budget", "slo", "objective"] == [
        node.attributes["id"] for node in tree.css("dt")
    ]
    assert [] == tree.css("abbr")


def test_an_entry_that_no_page_needs_is_found(project: Project) -> None:
    """An entry whose terms no other page says is named; a plural is enough."""
    project.page(GLOSSARY, NAME)
    project.page("Objectives, and `canary`.")
    entry = "docs/reference/glossary.md:14:"
    problems = [
        f"{entry} no page says Error budget: delete it",
        f"{entry} index.md never says Error budget: link another",
    ]

    assert problems == check_used(project.root)
    assert problems == project.problems()


@pytest.mark.parametrize(
    ("link", "explains"),
    [("../chapter/greeting.md", "chapter/greeting.md"), ("odd.md", "reference/odd.md")],
)
def test_an_entry_leads_to_a_page_that_says_it(
    project: Project, link: str, explains: str
) -> None:
    """An entry whose page is not there, or never says the term, is named."""
    entries = GLOSSARY.replace("bird. [Page](../index.md)", f"bird. [Page]({link}#a)")
    project.page(entries, NAME)
    project.page("A canary, an error budget and an SLO.")

    assert [f"docs/{NAME}:11: {explains} never says Canary: link another"] == (
        check_used(project.root)
    )


def test_a_word_with_another_sense_is_marked_in_one_chapter(project: Project) -> None:
    """A term with brackets is marked in the chapter of its page, without them, and nowhere else."""
    entries = GLOSSARY.replace("Canary", "Canary (of a mine)")
    entries = entries.replace("(../index.md)", "(../chapter/greeting.md)", 1)
    body = PAGE.replace("Greet it by name.", "A canary.")
    project.page(body, "chapter/greeting.md")

    assert ["SLO"] == marked(project, "A canary and an SLO.", entries)
    html = Path(project.root, "site/chapter/greeting/index.html").read_text("utf-8")
    assert ["canary"] == [node.text() for node in LexborHTMLParser(html).css("abbr")]
    assert [f"docs/{NAME}:14: no page says Error budget: delete it"] == [
        problem for problem in check_used(project.root) if "no page" in problem
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "A small bird.",
            "A small bird",
            "11: Canary: write ':   The meaning. [Page](../chapter/page.md)' below it",
        ),
        (
            " [Page](../index.md)\n\nError",
            "\n\nError",
            "11: Canary: write ':   The meaning. [Page](../chapter/page.md)' below it",
        ),
        (
            "A small bird.",
            "A <b>bird</b>.",
            "11: Canary: write ':   The meaning. [Page](../chapter/page.md)' below it",
        ),
        ("Objective\n", "canary\n", "17: SLO: canary stands twice"),
        ("SLO\n", "Budget\n", "17: Budget: it belongs above Error budget"),
    ],
    ids=["no-end", "no-link", "tag", "twice", "order"],
)
def test_an_entry_that_is_not_as_the_others_is_refused(
    project: Project, old: str, new: str, fault: str
) -> None:
    """An entry without its form, its link or its place is refused, with its line."""
    project.page(GLOSSARY.replace(old, new), NAME)

    with pytest.raises(HandbookError) as caught:
        glossary(project.root)
    assert f"docs/{NAME}:{fault}" == str(caught.value)


def test_a_project_needs_no_glossary(project: Project) -> None:
    """Without the page there are no terms, and nothing is missed."""

    assert [] == glossary(project.root)
    assert [] == check_used(project.root)


def test_a_docstring_is_left_alone(project: Project) -> None:
    """What is no page, such as a docstring within one, has no terms marked."""
    project.page(GLOSSARY, NAME)
    made = Markdown(extensions=[GlossaryExtension(root=str(project.root))])

    assert "<p>A canary.</p>" == made.convert("A canary.")


def test_two_generators_must_show_the_same_terms(
    project: Project, tmp_path: Path
) -> None:
    """A term that one generator marks and another does not is named."""
    project.write("docs/index.md", FRONT + "A canary.")
    project.page(GLOSSARY, NAME)
    site = project.build()
    other = tmp_path / "other"
    site.rename(other)
    project.page("A bird.")

    assert ["docs/index.md:1: terms differ: ['A small bird.']"] == compare(
        project.root, other, project.build()
    )
