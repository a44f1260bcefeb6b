"""Each gate over the whole handbook is broken once, and catches it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from handbook.compare import compare
from handbook.diffs import difference
from handbook.sources import imported
from tests.projects import PAGE, SITE, SNIPPET, Project, embed

LINE = "docs/chapter/greeting.md:14: greet"


def test_a_good_handbook_has_no_problem(project: Project) -> None:
    """The small handbook passes every gate as it stands."""

    assert [] == project.problems()


def test_an_orphan_snippet_is_found(project: Project) -> None:
    """A snippet that no page shows, and that nothing shown imports, is named."""
    project.write("snippets/chapter/orphan.py", "X = 1\n")
    project.write("tests/chapter/test_orphan.py", "")
    project.write("snippets/chapter/bytes.out", "").write_bytes(b"\xff")

    assert [
        (
            "snippets/chapter/bytes.out: snippets/chapter/bytes.out is not UTF-8 text:"
            " byte 0 ends it"
        ),
        "snippets/chapter/orphan.py: no page shows it: embed it or delete it",
    ] == project.problems()


def test_a_snippet_that_a_shown_one_imports_is_no_orphan(project: Project) -> None:
    """What a shown snippet imports is shown by Copy."""
    project.write("snippets/chapter/helper.py", "X = 1\n")
    project.write("tests/chapter/test_helper.py", "")
    text = "from snippets.chapter.helper import X\n\nY = X\n"
    project.write("snippets/chapter/user.py", text)
    project.write("tests/chapter/test_user.py", "")
    project.page(embed("chapter/user.py"))

    assert [] == project.problems()


def test_the_versions_of_a_shown_diff_are_no_orphans(project: Project) -> None:
    """A diff shows the two versions that it names, and runs with them."""
    names = "chapter/greeting.py:greet", "chapter/hail.py:greet"
    hail = SNIPPET.replace("hello", "hail")
    project.write("snippets/chapter/hail.py", hail)
    for name in ("hail", "change"):
        project.write(f"tests/chapter/test_{name}.py", "")
    made = difference(project.root, f"--- {names[0]}\n+++ {names[1]}\n", "change.diff")
    project.write("snippets/chapter/change.diff", made + "\n")
    project.page(embed("chapter/change.diff", "diff"))

    assert '-    return f"hello {NAME}"' in made
    assert '+    return f"hail {NAME}"' in made
    assert [] == project.problems()
    assert {"snippets/chapter/greeting.py", "snippets/chapter/hail.py"} == imported(
        project.root, "snippets/chapter/change.diff"
    )


def test_an_orphan_section_is_found(project: Project) -> None:
    """A section that no page shows is named, with its file."""
    text = "-- --8<-- [start:one]\nSELECT 1;\n-- --8<-- [end:one]\n"
    project.write("snippets/chapter/two.sql", text + text.replace("one", "two"))
    project.write("tests/chapter/test_two.py", "")
    project.page(embed("chapter/two.sql:one", "sql"))

    assert [
        "snippets/chapter/two.sql: no page shows its section two",
    ] == project.problems()


def test_a_snippet_without_a_test_is_found(project: Project) -> None:
    """A snippet whose mirrored test file is missing is named, with that file."""
    (project.root / "tests/chapter/test_greeting.py").unlink()

    assert [
        "snippets/chapter/greeting.py: no test: write tests/chapter/test_greeting.py",
        (
            "snippets/chapter/greeting_dont.py: no test:"
            " write tests/chapter/test_greeting.py"
        ),
    ] == project.problems()


def test_a_page_that_was_not_built_is_found(project: Project) -> None:
    """A page that the generator left out is named."""
    site = project.build()
    (site / "chapter/greeting/index.html").unlink()

    problems = compare(project.root, site, site)
    assert 2 * ["docs/chapter/greeting.md:1: the page was not built"] == problems


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "",
            [
                (
                    "docs/chapter/greeting.md:14: greet is not in handbook/registry.toml:"
                    " add [greet]"
                )
            ],
        ),
        (
            "[greet]\n[gone]\n",
            ["no page has gone: bring it back, or name its successor"],
        ),
        ('[greet]\n[gone]\nsuccessor = "greet"\n', []),
        (
            '[greet]\n[gone]\nsuccessor = "no"\n',
            ["handbook/registry.toml: gone names no, which no page has"],
        ),
        (
            '[greet]\nsuccessor = "other"\n',
            ["greet was withdrawn, and is never used again"],
        ),
    ],
)
def test_an_id_is_permanent(project: Project, text: str, messages: list[str]) -> None:
    """An ID is registered, stays, or names a successor that exists."""
    project.write("handbook/registry.toml", text)
    found = project.problems()

    assert len(messages) == len(found)
    assert all(m in line for m, line in zip(messages, found, strict=True))


@pytest.mark.parametrize(
    "body",
    [
        "!!! note\n\n    ## A { #a .must }\n",
        "##A { #a .must }\n",
        "A { #a .must }\n---\n",
        "### A { #a .may }\n",
        '<h2 id="a" class="should">A</h2>\n\nText.\n',
    ],
)
def test_a_practice_that_is_not_read_is_found(project: Project, body: str) -> None:
    """A heading that has a level, and is no practice to us, is refused."""
    project.page(body)

    (problem,) = project.problems()
    assert "a practice that is not read: write ## at the margin" in problem


def test_a_withdrawn_practice_says_what_replaced_it(project: Project) -> None:
    """Its short link and the list of practices say why, and lead to its successor."""
    gone = '[greet]\n[old]\nsuccessor = "greet"\nwhy = "Nobody <did> it."\n'
    project.write("handbook/registry.toml", gone)
    site = project.build()
    short = (site / "p/old/index.html").read_text(encoding="utf-8")
    listed = (site / "reference/practices/index.html").read_text(encoding="utf-8")

    assert "<h1>old was withdrawn</h1><p>Nobody &lt;did&gt; it.</p>" in short
    assert '<a href="../../chapter/greeting/#greet">Greet the world</a>' in short
    assert "refresh" not in short
    assert '<h2 id="withdrawn">Withdrawn</h2>' in listed
    assert '<a href="../../chapter/greeting/#greet">Greet the world</a></li>' in listed
    assert [] == project.problems()


def test_a_short_link_leads_to_its_practice(project: Project) -> None:
    """A practice that stands is reached at once, and none is listed as withdrawn."""
    site = project.build()
    listed = (site / "reference/practices/index.html").read_text(encoding="utf-8")

    assert 'content="0; url=../../chapter/greeting/#greet"' in Path(
        site, "p/greet/index.html"
    ).read_text(encoding="utf-8")
    assert "Withdrawn" not in listed


TOO_SHORT = (
    "docs/chapter/greeting.md:1: 29 words: write 400 to 900,"
    " code and footnotes not counted"
)


def test_a_page_must_be_laid_out_as_agreed(project: Project) -> None:
    """A practice has its labels, and its page a length, a Don't and a review list."""
    body = PAGE.replace("word " * 400, "").replace("**Why.**", "Why.")
    body = body.replace("## In review", "## Else").replace("_dont.py:greet", ".py")
    project.page(body, "chapter/greeting.md")

    assert [
        "snippets/chapter/greeting_dont.py: no page shows it: embed it or delete it",
        f"{LINE} lacks **Why.**",
        TOO_SHORT,
        'docs/chapter/greeting.md:1: there is no "## In review"',
        "docs/chapter/greeting.md:1: it shows code, and no Don't",
    ] == project.problems()


def test_practices_and_proofs_are_listed_once(project: Project) -> None:
    """A handbook without the list of its practices, or of their proofs, is refused."""
    project.page("# Proofs\n\n<!--proofs-->\n", "proofs.md")
    project.page("# Practices\n", "reference/practices.md")

    assert [
        "docs: one page must have the line <!-- proofs -->, where its list stands",
        "docs: one page must have the line <!-- practices -->, where its list stands",
    ] == project.problems()


def test_code_outside_a_practice_is_found(project: Project) -> None:
    """Code that belongs to no practice asks for no proof, and is refused."""
    project.page("# A\n\n" + embed("chapter/greeting.py:greet"), "chapter/other.md")

    assert [
        "docs/chapter/other.md:1: chapter/greeting.py:greet is shown outside a practice"
    ] == project.problems()


def test_a_line_that_coverage_skips_is_found(project: Project) -> None:
    """A snippet may not excuse a line from the tests."""
    file = project.root / "snippets/chapter/greeting.py"
    file.write_text(file.read_text("utf-8") + "X = 1  # pragma: no cover\n", "utf-8")

    assert [
        "snippets/chapter/greeting.py: a line that no test runs is not shown"
    ] == project.problems()


def test_the_exports_match_their_schema(project: Project) -> None:
    """practices.json says what its schema says, and llms.txt names every page."""
    site = project.build()
    schema = json.loads((site / "practices.schema.json").read_text(encoding="utf-8"))
    data = json.loads((site / "practices.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(data)

    assert "Greet it by name." == data["practices"][0]["statement"]
    index = Path(site, "llms.txt").read_text(encoding="utf-8").split("\n")
    named = [row for row in index if row.startswith(("#", "- "))]
    assert [
        "# Small",
        "## First page",
        f"- [Page]({SITE}index.md): One page.",
        f"- [Page]({SITE}proofs.md): One page.",
        "## Chapter",
        f"- [Page]({SITE}chapter/greeting.md): One page.",
        "## Reference",
        f"- [Page]({SITE}reference/practices.md): One page.",
    ] == named


def test_two_generators_must_agree(project: Project, tmp_path: Path) -> None:
    """A block that one generator shows and another does not is named."""
    site = project.build()
    page = site / "chapter/greeting/index.html"
    other = tmp_path / "other"
    for file in site.rglob("*.html"):
        copy = other / file.relative_to(site)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8")
        copy.write_text(
            text.replace("lines 4–6", "lines 5–6") if file == page else text
        )

    (problem,) = compare(project.root, site, other)
    assert "docs/chapter/greeting.md:1: captions differ: " in problem
    assert "lines 5–6" in problem
