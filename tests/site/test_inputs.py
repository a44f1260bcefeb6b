"""Input that makes no sense is refused, with one line that names it."""

from __future__ import annotations

import re

import pytest

from handbook.__main__ import check_inputs
from handbook.errors import HandbookError
from tests.projects import FRONT, Project


def test_an_id_that_stands_twice_is_refused(project: Project) -> None:
    """The second practice of an ID is named, with the first."""
    project.page("## Again { #greet .must }\n\nAgain.\n")

    with pytest.raises(HandbookError, match=r"practice greet is already at docs/chap"):
        check_inputs(project.root)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [("gret", "do you mean greet?"), ("zzz", "see All practices")],
)
def test_a_practice_that_a_page_asks_for_must_exist(
    project: Project, asked: str, hint: str
) -> None:
    """A list of practices names only those that some page has."""
    project.page(f"<!-- practices: greet {asked} -->\n")

    with pytest.raises(
        HandbookError, match=rf"^docs/index.md:9: no practice is '{asked}': {hint}"
    ):
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


def test_a_registry_that_is_not_toml_is_refused(project: Project) -> None:
    """A broken registry has one line."""
    project.write("handbook/registry.toml", "[greet\n")

    with pytest.raises(HandbookError, match=r"handbook/registry.toml: Expected"):
        check_inputs(project.root)


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
