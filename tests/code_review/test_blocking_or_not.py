"""A merge waits for what a must says, and for nothing that a linter could say."""

from __future__ import annotations

import asyncio
import re
import subprocess
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from snippets.code_review.blocking_or_not import (
    last_day_dont,
    longest,
    repeat_dont,
    replicas_lean,
    waiting,
    waiting_dont,
)
from snippets.code_review.writing_comments.conventional import parse
from snippets.delivery.feature_flags import expiry
from snippets.readiness.capacity.replicas import SHARE, replicas
from snippets.resilience.structured_errors.cancellation import repeat
from tests.code_review.examples import FOLDER, Example, better, examples
from tests.projects import ROOT
from tests.site.tools import require

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from handbook.outputs import Output

BY_NAME = {example.name: example for example in examples("blocking_or_not")}
*GRADED, STYLE = BY_NAME.values()
LINKED = [
    pytest.param(example, id=f"{page}-{example.name}")
    for page in sorted(file.parent.name for file in FOLDER.glob("*/comments.md"))
    for example in examples(page)
    if "/p/" in example.after
]


def level(example: Example) -> str:
    """Read from its page how strong the practice is that a comment links; without one it is a may."""
    if not (linked := re.search(r"/p/([a-z-]+)/", example.after)):
        return "may"
    pages = (ROOT / "docs").rglob("*.md")
    heading = re.compile(rf"^## .+ {{ #{linked[1]} \.(\w+) }}$", re.MULTILINE)
    return next(
        found[1] for page in pages if (found := heading.search(page.read_text("utf-8")))
    )


def form(comment: str) -> str:
    """Give the label of a comment, with its decoration."""
    return comment.partition(":")[0].strip("*")


@pytest.mark.proves("block-for-must")
@pytest.mark.parametrize("example", BY_NAME.values(), ids=BY_NAME.keys())
def test_the_better_comment_says_whether_the_merge_waits(example: Example) -> None:
    """Each better comment names a line of its diff, gives a reason, and says whether the merge waits."""
    "code_review/blocking_or_not/comments.md"
    "code_review/blocking_or_not/stop.diff"
    "code_review/blocking_or_not/lean.diff"
    "code_review/blocking_or_not/later.diff"

    assert better(example).discussion


@pytest.mark.proves("block-for-must")
@pytest.mark.parametrize("example", LINKED)
def test_the_label_follows_from_the_level(example: Example) -> None:
    """Each comment of the chapter is as strong as the practice that it links: a must blocks, a should does not."""
    "code_review/blocking_or_not/comments.md"
    asked = parse(f"{waiting.FORMS[level(example)]}: This waits.")

    assert asked.blocks is better(example).blocks


@pytest.mark.proves("block-for-must")
def test_the_three_levels() -> None:
    """The three comments are one of each: a must that blocks, a should and a may that do not."""
    "code_review/blocking_or_not/comments.md"
    forms = [form(example.after) for example in GRADED]
    blocks = [parse(f"{name}: This waits.").blocks for name in waiting.FORMS.values()]

    assert ["must", "should", "may"] == [level(example) for example in GRADED]
    assert list(waiting.FORMS.values()) == forms
    assert [True, False, False] == blocks


@pytest.mark.harm("block-for-must")
@pytest.mark.parametrize("example", GRADED, ids=lambda e: e.name)
def test_what_people_write_is_too_strong_or_too_weak(example: Example) -> None:
    """As people write them, a fault lets the merge go on, and a wish holds it."""
    "code_review/blocking_or_not/comments_dont.md"
    before, after = parse(example.before), better(example)

    assert before.blocks is not after.blocks


@pytest.mark.proves("block-for-must")
def test_a_merge_waits_for_what_blocks() -> None:
    """A merge waits for the comments that block, in their order, and for no other."""
    texts = ["praise: A.", "issue (blocking): B.", "todo (if-minor): C.", "thought: D."]
    texts += ["question (blocking): E.", "issue (non-blocking): F."]
    comments = [parse(text) for text in texts]

    assert ["B.", "E."] == waiting.waits_for(comments)
    assert [] == waiting.waits_for([])


@pytest.mark.proves("block-for-must")
def test_a_comment_of_which_nobody_can_tell() -> None:
    """If nobody can tell whether one comment blocks, the merge is not decided by guessing."""
    texts = ["issue (blocking): A.", "issue: This waits.", "question: Does it?"]
    comments = [parse(text) for text in texts]

    with pytest.raises(ValueError, match=r"does the merge wait\? This waits"):
        waiting.waits_for(comments)


@pytest.mark.harm("block-for-must")
def test_a_rule_for_every_conversation_holds_what_is_good_enough(
    output: Output,
) -> None:
    """When the fault is mended, a merge that waits for every conversation still waits, for a wish and a thought."""
    "code_review/blocking_or_not/waiting_dont.py"
    comments = [better(example) for example in GRADED]
    rows = [f"{'open':18}{'by label':12}every one"]
    counted = []
    for told, still in (("all three", comments), ("fault is mended", comments[1:])):
        numbers = [len(way.waits_for(still)) for way in (waiting, waiting_dont)]
        counted.append(numbers)
        said = [f"waits for {number}" if number else "merges" for number in numbers]
        rows.append(f"{told:18}{said[0]:12}{said[1]}")

    assert [[1, 3], [0, 2]] == counted
    output.check("code_review/blocking_or_not/waiting_dont.out", "\n".join(rows))


def cancelled(
    repeats: Callable[[Callable[[], Awaitable[None]], float], Awaitable[None]],
) -> tuple[int, int]:
    """Cancel a task in its job until it ends, and say how often, and how often its job ran."""

    async def run() -> tuple[int, int]:
        runs, working, times = 0, asyncio.Event(), 0

        async def job() -> None:
            nonlocal runs
            runs += 1
            if runs == 1:
                raise LookupError
            if runs < 4:  # then it goes by itself, so that a pause comes
                working.set()
                await asyncio.Event().wait()

        task = asyncio.ensure_future(repeats(job, 0))
        for _ in range(1000):
            if task.done():
                break
            await asyncio.wait({task}, timeout=0)
            if working.is_set() or runs > 3:
                working.clear()
                task.cancel()
                times += 1
        assert task.cancelled()
        return times, runs

    return asyncio.run(run())


def test_stop() -> None:
    """A cancelled task runs its job again with the change, and ends at once without it."""
    with capture_logs() as logs:
        assert (1, 2) == cancelled(repeat)
    assert ["job_failed"] == [entry["event"] for entry in logs]
    with capture_logs() as logs:
        times, runs = cancelled(repeat_dont.repeat)
    assert {"job_failed"} == {entry["event"] for entry in logs}
    assert len(logs) > 1  # a cancellation is one of them
    assert times > 1
    assert runs > 2


def test_lean() -> None:
    """With the change four of five replicas get 75 of 100 requests a second at a restart: above the plan, below the break."""
    assert (6, 5) == (replicas(300, 100), replicas_lean.replicas(300, 100))
    assert SHARE * 100 < 300 / 4 < 100


def test_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the change a switch of operations may live for 180 days, and nothing else has another limit."""
    flag = {"type": "ops", "owner": "cart", "expires": "2027-09-01"}
    config = {"flags": {"fast-till": flag}}
    today = date(2027, 1, 1)
    rest = {name: days for name, days in expiry.LONGEST.items() if name != "ops"}

    assert {**rest, "ops": 180} == longest.LONGEST
    assert [] == list(expiry.faults(config, today))
    monkeypatch.setattr(expiry, "LONGEST", longest.LONGEST)
    assert ["fast-till: 2027-09-01 is too far: 180 days"] == list(
        expiry.faults(config, today)
    )


@pytest.mark.parametrize("flag", [{}, {"expires": "2027-01-31"}, {"expires": "soon"}])
def test_style(flag: dict[str, Any]) -> None:
    """The change is a matter of style: both versions answer alike."""
    assert expiry.last_day(flag) == last_day_dont.last_day(flag)


def lint() -> list[str]:
    """Run the linter as this repository has it set up; what it can mend has a star."""
    file = "snippets/code_review/blocking_or_not/last_day_dont.py"
    options = ["--ignore-noqa", "--output-format=concise", "--no-cache"]
    found = subprocess.run(
        [require("ruff"), "check", *options, "--config=pyproject.toml", file],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return re.findall(r"^\S+?:(\d+:\d+: .+)$", found.stdout, re.MULTILINE)


@pytest.mark.proves("lint-not-nitpick")
def test_one_comment_takes_the_place_of_three() -> None:
    """The comment that stands for three names rules that are selected here, and no merge waits for it."""
    "code_review/blocking_or_not/comments.md"
    "code_review/blocking_or_not/style.diff"
    comment = better(STYLE)
    named = re.findall(r"`([A-Z]+\d*)`", comment.discussion)

    assert not comment.blocks
    assert ["E711", "RET505", "UP"] == named
    assert all(any(name in row for row in lint()) for name in named)
    assert "mends two of them" in comment.discussion
    assert ["UP006 [*]", "RET505 [*]"] == [
        found[0]
        for row in lint()
        if (found := re.search(r"(UP006|E711|RET505) \[\*\]", row))
    ]


@pytest.mark.harm("lint-not-nitpick")
def test_a_linter_finds_all_that_three_nitpicks_say(output: Output) -> None:
    """Three comments of a reviewer say nothing that the linter does not say by itself, and the linter says more."""
    "code_review/blocking_or_not/comments_dont.md"
    nitpicks = [parse(text) for text in STYLE.before.split("\n\n")]
    told = lint()
    rules = ["UP006", "E711", "RET505"]

    assert ["nitpick"] * 3 == [each.label for each in nitpicks]
    assert [1, 1, 1] == [sum(f" {rule} " in row for row in told) for rule in rules]
    assert len(told) > len(nitpicks)
    shown = [row.replace("[*] ", "") for row in told]
    output.check("code_review/blocking_or_not/linter.out", "\n".join(shown))
