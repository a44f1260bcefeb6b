"""Records are read, followed, and asked of a real history whether they are the same."""

from __future__ import annotations

import ast
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handbook.diffs import difference
from handbook.gate import read_html
from snippets.operations.design_records.check import main
from snippets.operations.design_records.records import (
    SECTIONS,
    Record,
    faults,
    in_force,
    read,
    sections,
)
from snippets.operations.design_records.rewritten import rewritten
from snippets.reference.templates.fields import problems
from tests.operations.repository import Shared
from tests.projects import ROOT

if TYPE_CHECKING:
    from handbook.outputs import Output

PAGE = "operations/design_records"
FOLDER = "docs/decisions/"
FIRST = f"{FOLDER}0001-html-parser.md"
FILE = f"{FOLDER}0002-as-a-browser.md"
MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)
AUGUST = MARCH + timedelta(days=160)


def snippet(name: str) -> Path:
    """Find a file of the page."""
    return Path(ROOT, "snippets", PAGE, name)


def text(name: str) -> str:
    """Read a file of the page."""
    return snippet(name).read_text(encoding="utf-8")


def record(status: str, supersedes: str = "Nothing") -> str:
    """Write a record."""
    said = dict.fromkeys(SECTIONS, "We do.") | {
        "Status": f"{status}, 2026-11-22",
        "Supersedes": supersedes,
    }
    body = "".join(f"## {name}\n\n{words}\n\n" for name, words in said.items())
    return f"# We do\n\n{body}"


def folder(to: Path, *texts: str) -> Path:
    """Write records into a folder, and number them from 1."""
    for number, each in enumerate(texts, 1):
        (to / f"{number:04}-we-do.md").write_text(each, encoding="utf-8")
    return to


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shared:
    """Make a repository that knows no settings of the machine."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return Shared(tmp_path / "project")


@pytest.mark.proves("design-record")
def test_our_own_records_have_no_fault(tmp_path: Path, output: Output) -> None:
    """Two records of this project say what they must, and the first leads to the second."""
    names = ["0001_html_parser.md", "0002_as_a_browser.md"]
    "operations/design_records/0001_html_parser.md"
    "operations/design_records/0002_as_a_browser.md"
    records = {n: read(text(name)) for n, name in enumerate(names, 1)}

    assert [] == faults(folder(tmp_path, *map(text, names)))
    assert Record("Superseded", 2, frozenset()) == records[1]
    assert Record("Accepted", 0, frozenset({1})) == records[2]
    rows = [
        f"{number}  {each.status:<12}in force: {in_force(records, number)}"
        for number, each in records.items()
    ]
    output.check(f"{PAGE}/in_force.out", "\n".join(rows))


@pytest.mark.proves("design-record")
def test_the_template_is_accepted() -> None:
    """What fills in the template has no fault, and the empty template lacks all but its title."""
    template = Path(ROOT, "snippets/reference/templates/design_record.md")

    for name in ("0001_html_parser.md", "0002_as_a_browser.md"):
        assert [] == problems(snippet(name), template)
    with pytest.raises(ValueError, match=f"^write {', '.join(SECTIONS)}$"):
        read(template.read_text(encoding="utf-8"))


class Tags(HTMLParser):
    """What html.parser sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        """Keep its name."""
        self.seen.append(tag)


def test_what_the_second_record_says_is_true() -> None:
    """Of such a page html.parser sees no code; our gate, which reads as a browser does, refuses it."""
    page = "<svg><style><pre>rm -rf build</pre></style></svg>"
    gate = ast.parse(Path(ROOT, "handbook", "gate.py").read_text(encoding="utf-8"))
    used = [node.module for node in gate.body if isinstance(node, ast.ImportFrom)]

    assert ["svg", "style"] == Tags(page).seen
    found = [finding.message for finding in read_html(ROOT, page).findings]
    assert "code that is no embed (indented, or a raw <pre>)" in found
    assert "selectolax.lexbor" in used


FAULTS = {
    "alone": ([record("Proposed")], []),
    "replaced": ([record("Superseded by 2"), record("Accepted", "1")], []),
    "two for one": (
        [
            record("Superseded by 3"),
            record("Superseded by 3"),
            record("Accepted", "1 and 2"),
        ],
        [],
    ),
    "a long way": (
        [
            record("Superseded by 2"),
            record("Superseded by 3", "1"),
            record("Accepted", "2"),
        ],
        [],
    ),
    "proposed": ([record("Accepted"), record("Proposed", "1")], []),
    "rejected": ([record("Accepted"), record("Rejected", "1")], []),
    "both accepted": (
        [record("Accepted"), record("Accepted", "1")],
        ["1 does not know of 2"],
    ),
    "another named": (
        [record("Superseded by 3"), record("Accepted", "1"), record("Accepted", "1")],
        ["1 does not know of 2"],
    ),
    "the new one does not know": (
        [record("Superseded by 2"), record("Accepted")],
        ["2 does not know of 1"],
    ),
    "no older record": (
        [record("Accepted", "3, 2")],
        [
            "1: there is no record 2",
            "1: there is no record 3",
        ],
    ),
    "no successor there": ([record("Superseded by 2")], ["1: there is no record 2"]),
    "a circle": (
        [record("Superseded by 2", "2"), record("Superseded by 1", "1")],
        ["1 -> 2 -> 1 is a circle", "2 -> 1 -> 2 is a circle"],
    ),
    "only proposed": (
        [record("Superseded by 2"), record("Proposed", "1")],
        ["1: 2 is proposed"],
    ),
    "not taken": (
        [record("Superseded by 2"), record("Rejected", "1")],
        ["1: 2 is rejected"],
    ),
    "no successor named": (
        [record("Superseded")],
        ["0001-we-do.md: a status and its day: Accepted, 2026-11-22"],
    ),
    "an unknown status": (
        [record("Final")],
        ["0001-we-do.md: a status and its day: Accepted, 2026-11-22"],
    ),
    "left open": (
        [record("Accepted").replace("We do.", "<!-- what\nelse? -->")],
        ["0001-we-do.md: write Context, Decision, Alternatives, Consequences"],
    ),
    "one broken": (
        ["", record("Superseded by 3"), record("Accepted")],
        [f"0001-we-do.md: write {', '.join(SECTIONS)}", "3 does not know of 2"],
    ),
    "smaller headings": (
        [record("Accepted").replace("We do.", "### To do it\n\nWe do.")],
        [],
    ),
}


@pytest.mark.proves("design-record")
@pytest.mark.parametrize("case", FAULTS)
def test_a_broken_record_is_named(case: str, tmp_path: Path) -> None:
    """A missing field, an unknown status, a one-sided link, a circle: each is told, and hides no other."""
    texts, found = FAULTS[case]
    tmp_path.joinpath("README.md").write_text("# Decisions\n", encoding="utf-8")

    assert found == faults(folder(tmp_path, *texts))


@pytest.mark.proves("design-record")
def test_two_that_contradict_each_other(tmp_path: Path, output: Output) -> None:
    """Two that were both accepted, a number that was taken twice and an end in a proposal are told."""
    folder(
        tmp_path,
        record("Accepted"),
        record("Accepted", "1"),
        record("Superseded by 4"),
        record("Proposed", "3"),
    )
    (tmp_path / "0004-we-too.md").write_text(record("Accepted"), encoding="utf-8")
    found = faults(tmp_path)

    assert 3 == len(found)
    assert "0004-we-too.md: the number is taken" == found[0]
    output.check(f"{PAGE}/refused.out", "\n".join(found))


@pytest.mark.harm("design-record")
@pytest.mark.proves("design-record")
def test_an_edited_record_looks_well(
    project: Shared, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edited record has every field, and its reason is gone; only the history tells."""
    before, after = text("0002_as_a_browser.md"), text("edited_dont.md")
    "operations/design_records/edited_dont.md"
    project.write(FIRST, text("0001_html_parser.md"))
    project.write(FILE, before)
    project.record("Ada", MARCH, "Read built pages as a browser does")
    monkeypatch.chdir(project.folder)
    with pytest.raises(SystemExit) as well:
        main()
    project.write(FILE, after)
    commit = project.record("Bo", AUGUST, "Tidy the decisions")[:7]

    assert None is well.value.code
    assert [] == faults(project.folder / FOLDER)
    assert "browser shows one" in before
    assert "browser shows one" not in "".join(
        each.read_text(encoding="utf-8") for each in project.folder.rglob("*.md")
    )
    with pytest.raises(SystemExit) as failed:
        main()
    names = ("Context", "Alternatives")
    told = "\n".join(f"{FILE}: {name}: Bo in {commit}" for name in names)
    assert told == failed.value.code
    output.check(f"{PAGE}/edited_dont.out", told)
    header = f"--- {PAGE}/0002_as_a_browser.md\n+++ {PAGE}/edited_dont.md\n"
    made = difference(ROOT, header, "edited_dont.diff")
    output.check(f"{PAGE}/edited_dont.diff", made)


@pytest.mark.proves("design-record")
def test_text_that_is_put_back_is_no_change(project: Shared) -> None:
    """Each change is told with whoever began it, until the text is as it was."""
    was = record("Accepted")
    texts = [was, was.replace("We do.", "We did.", 1)]
    texts += [texts[1].replace("Nothing", "None"), was.replace("Nothing", "None"), was]
    told: list[list[str]] = []
    commits: list[str] = []
    for who, words in zip(["Ada", "Bo", "Chidi", "Dana", "Eve"], texts, strict=True):
        project.write(FILE, words)
        commits.append(f"{who} in {project.record(who, MARCH)[:7]}")
        told.append(rewritten(project.folder, FOLDER))

    context, supersedes = f"{FILE}: Context: {commits[1]}", f"{FILE}: Supersedes: "
    assert [] == told[0]
    assert [context] == told[1]
    assert [context, supersedes + commits[2]] == told[2]
    assert [supersedes + commits[2]] == told[3]
    assert [] == told[4]


@pytest.mark.proves("design-record")
def test_a_proposal_may_change_and_be_superseded(project: Shared) -> None:
    """Until it is decided a record is a draft; afterwards it may be superseded, and nothing else."""
    draft = record("Proposed")
    better = draft.replace("We do.", "We do it.", 1)
    template = better.replace("Proposed, 2026-11-22", "<!-- which? -->")
    for words in (
        template,
        draft,
        better,
        better.replace("Proposed", "Accepted"),
        better.replace("Proposed", "Superseded by 3"),
    ):
        project.write(FILE, words)
        project.record("Ada", MARCH)

    assert [] == rewritten(project.folder, FOLDER)
    project.write(FILE, draft.replace("Proposed", "Superseded by 3"))
    commit = project.record("Bo", AUGUST)[:7]
    assert [f"{FILE}: Context: Bo in {commit}"] == rewritten(project.folder, FOLDER)


@pytest.mark.proves("design-record")
@pytest.mark.parametrize("status", ["Accepted", "Rejected", "Superseded by 3"])
def test_what_was_decided_does_not_become_undecided(
    status: str, project: Shared
) -> None:
    """A record that was decided is not proposed again: that would open it to any change."""
    project.write(FILE, record(status))
    project.record("Ada", MARCH)
    project.write(FILE, record("Proposed"))
    commit = project.record("Bo", AUGUST)[:7]

    assert [f"{FILE}: Status: Bo in {commit}"] == rewritten(project.folder, FOLDER)


@pytest.mark.proves("design-record")
@pytest.mark.parametrize("how", ["deleted", "moved", "renamed"])
def test_a_record_stays(how: str, project: Shared) -> None:
    """A decided record that is deleted, moved or given another title is told; a file that is none is not."""
    project.write(FILE, record("Rejected"))
    project.write(f"{FOLDER}README.md", "# Decisions\n")
    project.record("Ada", MARCH)
    project.write(f"{FOLDER}README.md", "# Our decisions\n")
    file = project.folder / FILE
    if how == "moved":
        file.rename(file.with_name("0003-as-a-browser.md"))
    elif how == "deleted":
        file.unlink()
    else:
        project.write(FILE, record("Rejected").replace("# We do", "# They do"))
    commit = project.record("Bo", AUGUST)[:7]
    gone = ["We do", *(["They do"] if how == "renamed" else SECTIONS)]

    assert [f"{FILE}: {name}: Bo in {commit}" for name in gone] == rewritten(
        project.folder, FOLDER
    )


@pytest.mark.proves("design-record")
def test_what_a_branch_tried_is_no_change(project: Shared) -> None:
    """Only what main has shown counts, and an edit within a merge does count."""
    project.git("switch", "--quiet", "--create", "branch")
    for words in ("We try.", "We do."):
        project.write(FILE, record("Accepted").replace("We do.", words))
        project.record("Ada", MARCH)
    project.git("switch", "--quiet", "main")
    project.git("merge", "--quiet", "--no-ff", "--no-edit", "branch")

    assert [] == rewritten(project.folder, FOLDER)
    project.git("switch", "--quiet", "--create", "other", "main^")
    project.write("other.md", "# Other\n")
    project.record("Ada", MARCH)
    project.git("switch", "--quiet", "main")
    project.git("merge", "--quiet", "--no-ff", "--no-commit", "other")
    project.write(FILE, record("Accepted", "Everything"))
    commit = project.record("Bo", AUGUST)[:7]
    assert [f"{FILE}: Supersedes: Bo in {commit}"] == rewritten(project.folder, FOLDER)


@pytest.mark.proves("design-record")
def test_a_shallow_clone_is_refused(project: Shared, tmp_path: Path) -> None:
    """A clone without its history would find nothing, so it is an error, and the whole clone is none."""
    project.write(FILE, record("Accepted"))
    project.record("Ada", MARCH)
    project.write(FILE, record("Rejected"))
    commit = project.record("Bo", AUGUST)[:7]
    url = project.folder.as_uri()
    project.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
    project.git("clone", "--quiet", url, str(tmp_path / "whole"))

    with pytest.raises(ValueError, match=r"^shallow: fetch the whole history$"):
        rewritten(tmp_path / "shallow", FOLDER)
    assert [f"{FILE}: Status: Bo in {commit}"] == rewritten(tmp_path / "whole", FOLDER)


def test_where_there_is_no_history(tmp_path: Path, project: Shared) -> None:
    """A folder that is no repository is an error, and one without records has no fault."""
    assert [] == rewritten(project.folder, FOLDER)
    assert {} == sections("")
    with pytest.raises(subprocess.CalledProcessError):
        rewritten(tmp_path, FOLDER)
