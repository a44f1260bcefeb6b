"""Each gate over the whole handbook is broken once, and catches it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from handbook.__main__ import check_inputs
from handbook.compare import compare
from handbook.errors import HandbookError
from tests.projects import FRONT, PAGE, SITE, Project, embed

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


def test_a_broken_link_and_a_broken_anchor_are_found(project: Project) -> None:
    """Links within the site, raw ones too, lead to a page and an anchor that exist."""
    project.page(
        f'<a href="nowhere/">a</a> <a href="chapter/greeting/#no">b</a>'
        f' <a href="#no">c</a> <a href="{SITE}gone/">d</a> <a href="/chapter/">e</a>'
        f' <a href="{SITE}chapter/greeting/#greet">f</a> <a href="practices.json">g</a>'
        ' <a href="https://other.test/">h</a> <a href="mailto:a@b.test">i</a>'
        ' <a href="../../mkdocs.yml">j</a> <a href="https://[x">k</a>'
    )

    assert [
        "index.html: #no has no such anchor",
        "index.html: ../../mkdocs.yml leads nowhere",
        "index.html: /chapter/ leads nowhere",
        "index.html: chapter/greeting/#no has no such anchor",
        "index.html: https://[x is no address",
        f"index.html: {SITE}gone/ leads nowhere",
        "index.html: nowhere/ leads nowhere",
    ] == project.problems()


def test_a_foreign_host_is_found(project: Project) -> None:
    """Nothing is loaded from another host: no script, picture, sheet or font."""
    project.page(
        '<img src="https://other.test/a.png" alt="">'
        '<img srcset="//other.test/b.png 2x, //other.test/c.png" src="#" alt="">'
        '<p style="background: url(https://other.test/d.png)">a</p>'
        '<link rel="stylesheet" href="https://other.test/e.css">'
    )
    project.write(
        "docs/assets/own.css", "@import 'https://other.test/f.css'; a { b: url(g) }"
    )
    found = [re.sub(r".*loads (\S+) .*", r"\1", line) for line in project.problems()]

    assert [
        *("//other.test/b.png", "//other.test/c.png"),
        *(
            f"https://other.test/{name}"
            for name in ("a.png", "d.png", "e.css", "f.css")
        ),
    ] == found


def test_an_id_that_stands_twice_is_refused(project: Project) -> None:
    """The second practice of an ID is named, with the first."""
    project.page("## Again { #greet .must }\n\nAgain.\n")

    with pytest.raises(HandbookError, match=r"practice greet is already at docs/chap"):
        check_inputs(project.root)


@pytest.mark.parametrize(
    "attributes", ["#greet", ".must", "#Greet .must", "#a_b .must", "#a .must .may"]
)
def test_a_heading_that_is_no_practice_is_refused(
    project: Project, attributes: str
) -> None:
    """A heading with attributes needs one kebab-case ID and one level."""
    project.page(f"## Again {{ {attributes} }}\n\nAgain.\n")

    with pytest.raises(HandbookError, match=r"docs/index.md:9: write the heading as"):
        check_inputs(project.root)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# No\n", "docs/index.md:1: the page has no front matter"),
        ("---\ntitle: [\n---\n", "docs/index.md:2: broken front matter: "),
        ("---\n- a\n---\n", "docs/index.md:1: front matter needs title, a str"),
        (
            FRONT.replace("title: Page", "title: 3"),
            "docs/index.md:1: front matter needs title, a str",
        ),
        (
            FRONT.replace("[it hurts]", "it hurts"),
            "docs/index.md:1: front matter needs symptoms, a list",
        ),
    ],
)
def test_broken_front_matter_is_refused(
    project: Project, page: str, message: str
) -> None:
    """Front matter that is missing, broken or short has its page and line."""
    project.write("docs/index.md", page)

    with pytest.raises(HandbookError, match=re.escape(message)):
        check_inputs(project.root)


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
    ("name", "text", "message"),
    [
        (
            "docs/index.md",
            b"---\ntitle: \xe9\n---\n",
            "docs/index.md is not UTF-8 text",
        ),
        (
            "docs/index.md",
            b"---\na: \x01\n---\n",
            "docs/index.md:1: broken front matter",
        ),
        (
            "docs/index.md",
            b"---\nreviewed: 2026-13-01\n---\n",
            "docs/index.md:1: broken front matter: month must be in 1..12",
        ),
        ("docs/folder.md/a.md", b"", "docs/folder.md cannot be read: Is a directory"),
        ("handbook/registry.toml", b"greet = 1", "registry.toml: write [greet], with"),
        (
            "handbook/registry.toml",
            b"[greet]\nsuccessor = []",
            "registry.toml: write [greet], with",
        ),
        ("pyproject.toml", b"[tool]", "pyproject.toml: write untested = 0 under"),
        ("pyproject.toml", b"[", "pyproject.toml: write untested = 0 under"),
        (
            "ledger.json",
            b'{"schema": 1, "support": "", "versions": {}, "tests": [{"id": 1}]}',
            "ledger.json is cut short or not a ledger",
        ),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(
    project: Project, name: str, text: bytes, message: str
) -> None:
    """A file of the wrong kind has one line that names it, and no traceback."""
    project.write(name, "").write_bytes(text)

    with pytest.raises(HandbookError, match=re.escape(message)):
        check_inputs(project.root)


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


def test_a_registry_that_is_not_toml_is_refused(project: Project) -> None:
    """A broken registry has one line."""
    project.write("handbook/registry.toml", "[greet\n")

    with pytest.raises(HandbookError, match=r"handbook/registry.toml: Expected"):
        check_inputs(project.root)


def test_a_withdrawn_id_leads_to_its_successor(project: Project) -> None:
    """The short link of a withdrawn practice leads to the one that replaced it."""
    project.write("handbook/registry.toml", '[greet]\n[old]\nsuccessor = "greet"\n')
    page = (project.build() / "p/old/index.html").read_text(encoding="utf-8")

    assert 'content="0; url=../../chapter/greeting/#greet"' in page


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


RAN = {"snippets/chapter/greeting.py": [10], "snippets/chapter/greeting_dont.py": [6]}


def ledger(project: Project, **marks: Any) -> None:  # noqa: ANN401
    """Write a ledger of one test that passed."""
    test = {"id": "tests/chapter/test_greeting.py::test_it_greets", "line": 5}
    project.ledger({**test, "summary": "It greets.", "ran": RAN, **marks})


@pytest.mark.parametrize(
    ("page", "marks", "messages"),
    [
        (PAGE, {"proves": ["greet"], "harm": ["greet"]}, []),
        (
            PAGE,
            {"harm": ["greet"]},
            [f"{LINE} is a must with code, and no test proves it"],
        ),
        (
            PAGE,
            {"proves": ["greet"]},
            [f"{LINE} shows a Don't, and no test shows the harm"],
        ),
        (PAGE.replace(".must", ".may"), {"harm": ["greet"]}, []),
        (
            PAGE.replace(".must", ".may").replace("[^one]", "one"),
            {"harm": ["greet"]},
            [f"{LINE} has neither a proof nor a source"],
        ),
    ],
)
def test_a_practice_needs_a_proof_or_a_source(
    project: Project, page: str, marks: dict[str, list[str]], messages: list[str]
) -> None:
    """A must with code needs a proof, a Don't a harm, and anything else a source."""
    project.page(page, "chapter/greeting.md")
    ledger(project, **marks)

    assert messages == project.problems()


def test_a_block_that_no_test_ran_is_found(project: Project) -> None:
    """A block whose lines ran in no test is named, though its file was imported."""
    only = {
        "snippets/chapter/greeting.py": [8],
        "snippets/chapter/greeting_dont.py": [6],
    }
    ledger(project, proves=["greet"], harm=["greet"], ran=only)

    (problem,) = project.problems()
    assert (
        "docs/chapter/greeting.md:1: no test ran chapter/greeting.py: call" in problem
    )


def test_a_proof_that_runs_nothing_shown_is_found(project: Project) -> None:
    """A proof and a harm must each run a file that the practice shows."""
    harmless = {"snippets/chapter/greeting.py": [10]}
    ledger(project, proves=["greet"], harm=["greet"], ran=harmless)
    name = "tests/chapter/test_greeting.py::test_it_greets"

    assert f"{LINE}: {name} runs nothing that it shows" in project.problems()


@pytest.mark.parametrize(
    "name", ["docs/a.markdown", "docs/a.html", "docs/assets/a.py", "docs/A.MD"]
)
def test_docs_holds_pages_and_assets_only(project: Project, name: str) -> None:
    """A file that no gate reads is not published."""
    project.write(name, "x = 1\n")

    with pytest.raises(HandbookError, match=f"{name}: docs/ holds pages called"):
        check_inputs(project.root)


def test_docs_holds_no_link_to_elsewhere(project: Project) -> None:
    """A symbolic link in docs/ would publish what no gate reads."""
    (project.root / "docs/linked").symlink_to(project.root / "snippets")

    with pytest.raises(HandbookError, match=r"docs/linked: docs/ holds pages"):
        check_inputs(project.root)


def test_the_proofs_are_listed_once(project: Project) -> None:
    """A handbook without its list of proofs is refused."""
    project.page("# Proofs\n\n<!--proofs-->\n", "proofs.md")

    assert [
        "docs: one page must list the proofs, with a line <!-- proofs -->"
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


def test_a_stale_ledger_proves_nothing(project: Project) -> None:
    """A proof counts no more when a file that it ran has changed."""
    ledger(project, proves=["greet"])
    built = project.build() / "chapter/greeting/index.html"
    before = built.read_text(encoding="utf-8")
    ledger(project, proves=["greet"], digests={"snippets/chapter/greeting.py": "0"})
    project.build()

    assert "proved by 1 test" in before
    assert "proved by 1 test" not in built.read_text(encoding="utf-8")
    assert "not verified in this build" in built.read_text(encoding="utf-8")


def test_the_exports_match_their_schema(project: Project) -> None:
    """practices.json says what its schema says, and llms.txt names every page."""
    site = project.build()
    schema = json.loads((site / "practices.schema.json").read_text(encoding="utf-8"))
    data = json.loads((site / "practices.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(data)

    assert "Greet it by name." == data["practices"][0]["statement"]
    assert f"{SITE}chapter/greeting/): One page." in Path(site, "llms.txt").read_text(
        encoding="utf-8"
    )


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
