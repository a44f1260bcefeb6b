"""A page begins with files that pass, and a bad name changes nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from handbook import new
from handbook.errors import HandbookError
from tests.handbook.test_plugin import CONFIG, CONFTEST, run
from tests.projects import CONFIG as SITE
from tests.projects import ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path

NAV: Final = """\
nav:
  - index.md
  - Chapter:
      - chapter/greeting.md
  - reference/practices.md
  - proofs.md
"""


@pytest.fixture
def begun(project: Project) -> Project:
    """Give the small handbook what a page is named in."""
    project.write("mkdocs.yml", SITE + NAV)
    project.write("pyproject.toml", CONFIG)
    project.write("tests/conftest.py", CONFTEST)
    project.write("tests/__init__.py", "")
    project.write("tests/chapter/__init__.py", "")
    return project


def tree(root: Path) -> dict[str, str]:
    """Read every file below a folder."""
    return {
        str(f.relative_to(root)): f.read_text("utf-8")
        for f in root.rglob("*")
        if f.is_file()
    }


def test_a_page_passes_as_it_stands(begun: Project) -> None:
    """Its tests pass, the site shows it without a fault, and ruff has nothing to say."""
    new.begin(begun.root, "chapter/page-size", "Page size")
    printed = run(begun, "--numprocesses=1")
    code = [str(f) for f in begun.root.rglob("*page_size*/*.py")]
    code.append(str(begun.root / "tests/chapter/test_page_size.py"))
    for check in (["check"], ["format", "--check"]):
        config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
        command = [sys.executable, "-m", "ruff", *check, *config, *code]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert 0 == done.returncode, done.stdout

    assert "7 passed" in printed
    problems = begun.problems()  # of the small handbook there are some
    assert [] == [x for x in problems if "page-size" in x or "page_size" in x]
    assert problems
    assert "- chapter/greeting.md\n      - chapter/page-size.md\n" in (
        begun.root / "mkdocs.yml"
    ).read_text("utf-8")


def test_the_names_of_a_chapter_may_have_two_words(begun: Project) -> None:
    """In paths of code a hyphen is an underscore."""
    begun.page("# One", "code-review/one.md")
    begun.write("mkdocs.yml", SITE + NAV + "  - More:\n      - code-review/one.md\n")
    written = new.begin(begun.root, "code-review/two-words", "Two words")

    assert [
        "docs/code-review/two-words.md",
        "snippets/code_review/two_words/__init__.py",
        "snippets/code_review/two_words/example.py",
        "snippets/code_review/two_words/example_dont.py",
        "snippets/code_review/two_words/example_dont.out",
        "tests/code_review/test_two_words.py",
        "mkdocs.yml",
        "handbook/registry.toml",
    ] == written
    page = (begun.root / written[0]).read_text("utf-8")
    assert "owner: code-review\n" in page
    assert '"code_review/two_words/example.py:page_size"' in page


@pytest.mark.parametrize(
    ("name", "title", "told"),
    [
        ("chapter", "A", "'chapter' is no chapter/page of small letters: nox -s new"),
        ("chapter/A", "A", "'chapter/A' is no chapter/page"),
        ("../x/y", "A", "'../x/y' is no chapter/page"),
        ("chapter/a", " ", "the title is missing: nox -s new"),
        ("chapte/a", "A", "there is no chapter 'chapte': do you mean chapter?"),
        ("xyz/a", "A", "there is no chapter 'xyz': one of chapter, reference"),
        ("chapter/greeting", "A", "docs/chapter/greeting.md is there already"),
        ("chapter/greet", "A", "'greet' was the ID of a practice once"),
        ("other/a", "A", "mkdocs.yml: nav has no page of other: write the first"),
    ],
)
def test_a_bad_name_gets_one_line_and_changes_nothing(
    begun: Project, name: str, title: str, told: str
) -> None:
    """Nothing is half written, whatever is wrong."""
    if name.startswith("other"):
        begun.page("# Other", "other/page.md")
    before = tree(begun.root)
    with pytest.raises(HandbookError) as refused:
        new.begin(begun.root, name, title)

    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)
    assert before == tree(begun.root)


def test_the_command_says_what_it_wrote_and_what_is_next(
    begun: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """It lists the files, and the command that runs their tests."""
    code = new.main(["chapter/page-size", "Page size"])
    said = capsys.readouterr()
    again = new.main(["chapter/page-size", "Page size"])
    alone = new.main(["chapter/page-size"])

    assert (0, 1, 1) == (code, again, alone)
    assert said.out.startswith("wrote docs/chapter/page-size.md\n")
    assert said.out.endswith(
        "next: nox -s tests -- chapter/page-size, then edit the page with nox -s serve\n"
    )
    assert (begun.root / "docs/chapter/page-size.md").exists()
    assert 2 == len(capsys.readouterr().err.splitlines())
