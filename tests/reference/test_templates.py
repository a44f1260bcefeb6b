"""A template is the list of its own fields, and a document fills in each of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from handbook.exports import downloads
from snippets.code_review.authoring import described
from snippets.mentoring.growth_plan import plan
from snippets.operations.post_mortems import review
from snippets.operations.runbooks import rehearsal
from snippets.reference.templates.fields import fields, left_open, problems
from tests.projects import ROOT
from tests.site.tools import run

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS: Final = Path(ROOT, "snippets")
FOLDER: Final = SNIPPETS / "reference/templates"
DEBTS: Final = ["What", "Where", "Interest measured", "Principal", "Owner", "Decide by"]
FORMS: Final = {  # each template, and what it must ask for
    "pull-request": ("pull_request_template.md", [*described.FIELDS]),
    "design-record": (
        "design_record.md",
        [
            "Status",
            "Context",
            "Decision",
            "Alternatives",
            "Consequences",
            "Supersedes",
        ],
    ),
    "debt-register": ("debt_register.md", ["Debts"]),
    "runbook": ("runbook.md", [*rehearsal.FIELDS]),
    "post-mortem": (
        "post_mortem.md",
        [name.partition(" (")[0] for name in review.FIELDS],
    ),
    "readiness-review": (
        "../../readiness/review/review.md",
        [
            *("Date", "Tier", "Service owner", "Other team", "Security", "On-call"),
            *("Read before", "Result", "Next review"),
            *("What does not pass", "Actions", "Walked through"),
        ],
    ),
    "growth-plan": (
        "../../mentoring/growth_plan/growth_plan.md",
        ["Agreed", "Review", *plan.SECTIONS],
    ),
}
EACH: Final = pytest.mark.parametrize(
    ("file", "names"), FORMS.values(), ids=FORMS.keys()
)


def read(file: str) -> str:
    """Read a template."""
    return (FOLDER / file).read_text(encoding="utf-8")


def filled_in(template: str) -> str:
    """Fill in a template: each field says something that the template does not."""
    rows: list[str] = []
    for row in template.split("\n"):
        if re.fullmatch(r"[A-Z][\w -]*:.*", row):
            rows.append(f"{row.partition(':')[0]}: ours")
        elif row.startswith("|") and not row.startswith("| ---"):
            ours = row if rows[-1] == "" else re.sub(r"\|[^|]*(?=\|)", "| ours ", row)
            rows.append(ours)
        else:
            rows += [row, "", "Ours."] if row.startswith("## ") else [row]
    return "\n".join(rows)


@EACH
def test_a_template_asks_for_its_fields(file: str, names: list[str]) -> None:
    """Each template has the fields that its page explains, in their order, and no other."""

    assert names == [*fields(read(file))]


@EACH
def test_a_template_that_nobody_changed_is_open(file: str, names: list[str]) -> None:
    """Whoever hands in the template as it was is told each of its fields, by its line."""
    text = read(file)
    lines = [field.line for field in fields(text).values()]

    assert list(
        zip(lines, [f"{name}: not filled in" for name in names], strict=True)
    ) == left_open(text, text)
    for name, line in zip(names, lines, strict=True):
        assert text.split("\n")[line - 1].removeprefix("## ").startswith(name)


@EACH
def test_a_document_that_is_filled_in_has_no_fault(file: str, names: list[str]) -> None:
    """A document that says something of its own in each field has no fault."""
    text = filled_in(read(file))

    assert [] == left_open(text, read(file))
    assert [*names] == [*fields(text)]


@EACH
def test_each_field_is_missed(file: str, names: list[str]) -> None:
    """A document without one of the fields is told which, and of no other."""
    text = filled_in(read(file))
    for name in names:
        renamed = re.sub(
            rf"^(## )?{re.escape(name)}\b", r"\1Other", text, flags=re.MULTILINE
        )

        assert [(1, f"{name}: not there")] == left_open(renamed, read(file))


@pytest.mark.parametrize(
    ("template", "example"),
    [
        ("runbook.md", "operations/runbooks/payments_wait.md"),
        ("post_mortem.md", "operations/post_mortems/provider_out.md"),
        ("pull_request_template.md", "code_review/authoring/description.md"),
    ],
)
def test_the_examples_of_the_pages_fill_in_the_templates(
    template: str, example: str
) -> None:
    """What a page shows as an example leaves nothing open of the template."""

    assert [] == problems(SNIPPETS / example, FOLDER / template)


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        ("| a | b | 3 h | 2 d | Ada | 2027-01-11 |", []),
        ("| a | b | 3 h | 2 d |  | 2027-01-11 |", [(14, "Debts: no owner")]),
        (
            "| a \\| b | c |  | 2 d | Ada |",
            [(14, "Debts: no interest measured"), (14, "Debts: no decide by")],
        ),
    ],
    ids=["full", "without-owner", "cut-short"],
)
def test_an_empty_cell_is_named(row: str, faults: list[tuple[int, str]]) -> None:
    """A debt without an owner, an interest or a date is told, and the empty row is not."""
    register = read("debt_register.md")

    assert faults == left_open(f"{register}{row}\n", register)


def test_a_column_that_is_gone_is_named() -> None:
    """A table whose columns are not those of the template is told, at its first row."""
    register = read("debt_register.md")
    text = "## Debts\n\n| What | Owner | Why |\n| - | - | - |\n| a | Ada |  |\n"
    gone = [name for name in DEBTS if name not in {"What", "Owner"}]

    assert [(3, f"Debts: no column {name}") for name in gone] == left_open(
        text, register
    )
    assert [(1, f"Debts: no column {name}") for name in DEBTS] == left_open(
        "## Debts\n\nTests are slow.\n", register
    )


@pytest.mark.parametrize(
    "text",
    [
        "<!--\n## Not\na field\n-->\nTitle: one\n\n## Two (of two)\ntext\nTwo: three\n",
        "---\nname: not\n---\nTitle: one\n## Two: of two\ntext\nTwo: three\n",
    ],
    ids=["comment", "front-matter"],
)
def test_what_a_field_is(text: str) -> None:
    """A field is a heading or a label; comments and front matter are none."""
    found = fields(text)

    assert ["Title", "Two"] == [*found]
    assert ["one"] == [*found["Title"].rows.values()]
    assert ["text", "Two: three"] == [*found["Two"].rows.values()]
    assert [text.split("\n").index("Title: one") + 1] == [*found["Title"].rows]
    assert [found["Two"].line + 1, found["Two"].line + 2] == [*found["Two"].rows]


def test_a_label_alone_says_nothing() -> None:
    """A label without a text is a field that is not filled in."""
    missing, bare = (1, "Status: not there"), (1, "Status: not filled in")

    assert [missing] == left_open("Status", "Status: proposed")
    assert [bare] == left_open("Status:  \n", "Status: proposed")
    assert [bare] == left_open("Status: proposed", "Status: proposed")
    assert [] == left_open("Status: accepted", "Status: proposed")


def test_the_pipeline_is_told_what_is_open(tmp_path: Path, output: Output) -> None:
    """The command of the page names file and line, and fails, until nothing is open."""
    "reference/templates/check.sh"
    for name, text in downloads(ROOT).items():
        file = tmp_path / ("fields.py" if name == "fields.py" else f"templates/{name}")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "runbooks").mkdir()
    runbook = tmp_path / "runbooks/payments_wait.md"
    shutil.copy(SNIPPETS / "operations/runbooks/payments_wait_dont.md", runbook)
    command = ("bash", FOLDER / "check.sh")
    failed = run(*command, cwd=tmp_path)
    shutil.copy(SNIPPETS / "operations/runbooks/payments_wait.md", runbook)
    passed = run(*command, cwd=tmp_path)

    assert (1, "") == (failed.returncode, failed.stdout)
    assert (0, "", "") == (passed.returncode, passed.stdout, passed.stderr)
    output.check("reference/templates/open.out", failed.stderr)


@pytest.mark.parametrize("name", ["runbook.md", "post_mortem.md"])
def test_github_finds_what_it_needs_of_an_issue(name: str) -> None:
    """A template of an issue says its name, what it is about, and how the title begins."""
    _, front, _ = read(name).split("---\n", 2)
    said = yaml.safe_load(front)

    assert ["name", "about", "title"] == [*said]
    assert f"{said['name']}: " == said["title"]
    assert said["about"]
