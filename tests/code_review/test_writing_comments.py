"""A comment in a known form can be read by people and by programs."""

from __future__ import annotations

import pytest

from snippets.code_review.writing_comments.conventional import (
    LABELS,
    NEVER_BLOCK,
    Comment,
    parse,
)

WHY = "The pool has 10 connections."


def test_the_parts_of_a_comment() -> None:
    """Label, decorations, subject and discussion are told apart, bold or not."""
    text = f"issue (blocking, security): This waits.\n\n{WHY}\n\nAnd so on.\n"
    bold = text.replace(
        "issue (blocking, security):", "**issue (blocking, security):**"
    )
    read = Comment(
        "issue", ("blocking", "security"), "This waits.", f"{WHY}\n\nAnd so on."
    )

    assert read == parse(text) == parse(bold)
    assert Comment("praise", (), "Clear.", "") == parse("praise: Clear.")


@pytest.mark.parametrize("label", LABELS)
def test_whether_it_blocks(label: str) -> None:
    """A comment blocks if it says so, and not if its kind never does; of others nobody can tell."""
    unsaid = parse(f"{label}: This waits.").blocks
    said = parse(f"{label} (non-blocking): This waits.").blocks
    minor = parse(f"{label} (if-minor): This waits.").blocks

    assert (False if label in NEVER_BLOCK else None) is unsaid
    assert said is False
    assert minor is False
    if label in NEVER_BLOCK:
        with pytest.raises(ValueError, match=f"is it blocking, or a {label}"):
            parse(f"{label} (blocking): This waits.")
    else:
        assert parse(f"{label} (blocking): This waits.").blocks


@pytest.mark.parametrize(
    "text",
    [
        "",
        "This is wrong",
        "Issue: This waits.",
        "remark: This waits.",
        "issue This waits.",
        "issue:",
        "issue:This waits.",
        "issue (): This waits.",
        "issue(blocking): This waits.",
        "**issue: This waits.",
        "issue:** This waits.",
        "Well, issue: This waits.",
    ],
)
def test_what_is_no_conventional_comment(text: str) -> None:
    """Whatever has another form is refused, in one line that says how to begin."""
    with pytest.raises(ValueError, match=r"\Abegin with one of praise, .*\Z"):
        parse(text)


@pytest.mark.parametrize("other", ["non-blocking", "if-minor"])
def test_a_comment_that_contradicts_itself(other: str) -> None:
    """A comment that blocks and does not is refused."""
    with pytest.raises(ValueError, match=f"is it blocking, or {other}"):
        parse(f"issue (blocking, {other}): This waits.")
