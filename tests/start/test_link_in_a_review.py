"""The list of practices is enough to answer in a review."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from handbook.exports import describe
from snippets.code_review.writing_comments.conventional import parse
from snippets.start.link_in_a_review.bot import near, reply
from tests.services import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from handbook.outputs import Output

BASE = "https://proven-practice.github.io/handbook/"
PRACTICES = describe(ROOT, BASE)
BLOCKS = {"must": True, "should": False, "may": False}


def test_a_practice_is_answered(output: Output, tmp_path: Path) -> None:
    """The command of the page prints a review comment; a name that is nearly right gets the nearest."""
    known, printed = tmp_path / "practices.json", []
    known.write_text(json.dumps({"practices": PRACTICES}), encoding="utf-8")
    file = "snippets/start/link_in_a_review/bot.py"
    for asked in ("timeout", "timout"):
        comment = f"Who ends this call?\n\n/practice {asked}\n"
        done = subprocess.run(
            [sys.executable, ROOT / file, known],
            input=comment,
            check=True,
            capture_output=True,
            text=True,
        )
        printed.append(f"> /practice {asked}\n\n{done.stdout}")

    output.check("start/link_in_a_review/bot.out", "\n".join(printed))


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda practice: practice["id"])
def test_every_practice_is_a_conventional_comment(practice: dict[str, Any]) -> None:
    """The answer is a Conventional Comment, and a must alone blocks the merge."""
    answered = reply(f"/practice {practice['id']}", PRACTICES)
    comment = parse(answered)

    assert comment.blocks is BLOCKS[practice["level"]]
    assert comment.subject == practice["statement"]
    assert comment.discussion == practice["short"]


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "Look at /practice timeout",
        "> /practice timeout",
        "/practice",
        "/practice  ",
    ],
)
def test_nobody_asked(comment: str) -> None:
    """A comment that does not begin a line with the command gets no answer."""
    assert not reply(comment, PRACTICES)


def test_several_are_asked_for() -> None:
    """Each practice is answered once, in the order asked."""
    asked = "/practice retry-backoff\n/practice TIMEOUT\n/practice retry-backoff "
    answered = reply(asked.replace("retry-backoff", "log-context"), PRACTICES)

    assert answered.index("p/log-context/") < answered.index("p/timeout/")
    assert 1 == answered.count("p/log-context/")


@pytest.mark.parametrize(
    ("wanted", "practice"),
    [
        ("timout", "timeout"),
        ("structured logging", "structured-logs"),
        ("fallbak", "marked-fallback"),
    ],
)
def test_what_is_near(wanted: str, practice: str) -> None:
    """A word misspelt, or a name that is another's, finds the practice."""
    found = [each["id"] for each in near(wanted, PRACTICES)]

    assert practice in found
    assert len(found) <= 3


def test_nothing_is_near() -> None:
    """Where no name is near, the answer promises no list."""
    answered = reply("/practice §§§", PRACTICES)

    assert "There is no such practice, nor one that is near.\n" == answered


def test_an_answer_mentions_nobody() -> None:
    """What was asked for is told without what would call people."""
    answered = reply("/practice @everybody `x`](y)", PRACTICES)

    assert answered.startswith("There is no practice `everybody xy`.")
    assert "@" not in answered.split("\n", maxsplit=1)[0]
