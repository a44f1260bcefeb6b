"""A change says what it is, and is one thing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handbook.sources import sections
from snippets.code_review.authoring import (
    backoff_bare,
    backoff_said,
    mixed_dont,
    renamed,
)
from snippets.code_review.authoring.described import FIELDS, missing
from snippets.readiness.capacity.replicas import replicas
from tests.code_review.examples import Example, better, examples

if TYPE_CHECKING:
    from handbook.outputs import Output

FOLDER = Path(__file__).parents[2] / "snippets/code_review/authoring"
EXAMPLES = examples("authoring")
DESCRIPTION = (FOLDER / "description.md").read_text("utf-8")


@pytest.mark.proves("describe-the-change")
def test_a_full_description_leaves_nothing_open() -> None:
    """The description to copy says what, why and how it was verified, and nothing is asked."""
    "code_review/authoring/description.md"
    assert [] == missing(DESCRIPTION)


@pytest.mark.proves("describe-the-change")
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "body", ["", "-", "<why>", "<!-- a -> b,\nor b -> a? -->", "See ticket.", "n/a"]
)
def test_an_empty_field_is_asked_for(field: str, body: str) -> None:
    """A field that is left out, or holds a placeholder or a pointer, is asked for by its name."""
    before, _, rest = DESCRIPTION.partition(f"## {field}\n")
    _, heading, after = rest.partition("## ")

    if body != "n/a":
        text = f"{before}## {field}\n\n{body}\n\n{heading}{after}"
        assert [f"{field}: is empty"] == missing(text)
    assert [f"{field}: is empty"] == missing(f"{before}{heading}{after}")


@pytest.mark.proves("describe-the-change")
@pytest.mark.parametrize(
    ("title", "questions"),
    [
        ("Send orders from 50 euros for nothing", 0),
        ("Add a limit to the pool of connections", 0),
        ("Fix the date that a leap day shifts", 0),
        ("Fix bug", 1),
        ("Fixed build.", 1),
        ("Add patch", 1),
        ("Phase 1", 1),
        ("WIP", 1),
        ("Update", 1),
        ("", 1),
    ],
)
def test_a_title_that_says_nothing_is_refused(title: str, questions: int) -> None:
    """A title names what changes; two words such as "Fix bug" do not."""
    text = DESCRIPTION.replace("Send orders from 50 euros for nothing", title)
    told = ["title: say what changes, as an order"] * questions

    assert told == missing(text)


@pytest.mark.proves("describe-the-change")
def test_nothing_at_all() -> None:
    """Of an empty description everything is asked."""
    assert 1 + len(FIELDS) == len(missing(""))
    assert 1 + len(FIELDS) == len(missing("It fixes the thing, see the code."))


@pytest.mark.harm("describe-the-change")
def test_a_description_that_says_nothing(output: Output) -> None:
    """A description that people write leaves four questions, and each costs a round."""
    "code_review/authoring/description_dont.md"
    told = missing((FOLDER / "description_dont.md").read_text("utf-8"))

    assert ["title", *FIELDS] == [row.partition(":")[0] for row in told]
    assert told[-1] == "How verified: name what you ran, in backticks"
    output.check("code_review/authoring/description_dont.out", "\n".join(told))


@pytest.mark.proves("one-change")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_the_better_comment_can_be_acted_on(example: Example) -> None:
    """Each better comment names a line of its diff, gives a reason, and says whether the merge waits."""
    "code_review/authoring/comments.md"
    "code_review/authoring/mixed.diff"
    "code_review/authoring/answer.diff"

    assert better(example).discussion
    assert "`" not in example.before


def changed_lines(name: str) -> int:
    """Count the lines that a diff takes away or adds."""
    rows = (FOLDER / f"{name}.diff").read_text("utf-8").splitlines()[2:]
    return sum(row[:1] in {"+", "-"} for row in rows)


@pytest.mark.proves("one-change")
def test_alone_the_line_that_changes_something_can_be_seen() -> None:
    """Among the new names the line that changes something is one of eleven; in a change of its own it is the only one."""
    "code_review/authoring/mixed.diff"
    "code_review/authoring/alone.diff"
    peaks = [100, 300, 310, 340, 700]

    assert (11, 2) == (changed_lines("mixed"), changed_lines("alone"))
    assert all(replicas(x, 100) == renamed.replicas(x, 100) for x in peaks)


@pytest.mark.harm("one-change")
def test_what_hides_among_new_names() -> None:
    """Among the new names a rounding is changed, and at 310 requests a second one replica is missing."""
    "code_review/authoring/comments_dont.md"
    found = [way(310, 100) for way in (replicas, mixed_dont.replicas)]

    assert [6, 5] == found
    assert replicas(300, 100, 2) == mixed_dont.replicas(340, 100, 2) == 7
    assert ["mixed", "answer"] == sections(
        (FOLDER / "comments_dont.md").read_text("utf-8")
    )


def test_answer() -> None:
    """The answered version does what the other does, and the reason that it gives is true."""
    with pytest.raises(OverflowError):
        float.__pow__(2.0, 1024)

    assert 2.0**1023 > 0
    for failed in (1, 2, 5, 6, 61, 1025, 10_000):
        pauses = [
            each.full_jitter(failed, lambda _, most: most)
            for each in (backoff_bare, backoff_said)
        ]
        assert [min(10, 0.5 * 2 ** min(failed - 1, 60))] * 2 == pauses
    for each in (backoff_bare, backoff_said):
        assert 0 == each.full_jitter(3, lambda least, _: least)
