"""Changes in a real repository are measured, and waits are computed."""

from __future__ import annotations

import re
import subprocess
from math import ceil
from typing import TYPE_CHECKING

import pytest

from snippets.code_review.speed_and_size import size_dont
from snippets.code_review.speed_and_size.size import Size, size
from snippets.code_review.speed_and_size.waits import DAY, wait
from snippets.code_review.writing_comments.conventional import parse
from tests.code_review.examples import better, examples

if TYPE_CHECKING:
    from pathlib import Path

    from handbook.outputs import Output

PAGE = "code_review/speed_and_size"
SPLIT, ANSWER = examples("speed_and_size")


def text(lines: int, word: str = "line") -> str:
    """Write a file of so many lines, each another."""
    return "".join(f"{word} {number}\n" for number in range(lines))


class Repository:
    """A real one, with a commit on its main branch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("orders.py", text(200))
        self.write("moved.py", text(150, "moved"))
        self.write("old.py", text(300, "old"))
        self.write("locks/code.txt", text(250, "lock"))
        self.write("uv.lock", text(100, "lock"))
        self.write("logo.bin", "\0one")
        self.commit()
        self.git("switch", "--quiet", "--create", "change")

    def git(self, *arguments: str) -> str:
        """Run Git, and give what it prints."""
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def write(self, name: str, content: str) -> None:
        """Write a file."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")

    def commit(self) -> None:
        """Commit all that is there."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Make one that knows no settings of the machine."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    return Repository(tmp_path)


def feature(shop: Repository) -> None:
    """Add 40 lines and a test of 30."""
    shop.write("orders.py", text(240))
    shop.write("test_orders.py", text(30, "assert"))


def locked(shop: Repository) -> None:
    """Lock other versions."""
    shop.write("locks/code.txt", text(250, "other"))
    shop.write("uv.lock", text(100, "other"))


def generated(shop: Repository) -> None:
    """Generate a client."""
    shop.write("client/generated/api.py", text(900, "api"))


def deleted(shop: Repository) -> None:
    """Delete a file that nothing uses."""
    (shop.folder / "old.py").unlink()


def moved(shop: Repository) -> None:
    """Move a file, and change a line of it."""
    (shop.folder / "moved.py").unlink()
    shop.write(
        "shop/moved.py", text(150, "moved").replace("moved 7\n", "moved seven\n")
    )


STEPS = {
    "orders.py, test_orders.py": (feature, Size(70, 2)),
    "locks/code.txt, uv.lock": (locked, Size(0, 0)),
    "client/generated/api.py": (generated, Size(0, 0)),
    "old.py, deleted": (deleted, Size(1, 1)),
    "moved.py, one line new": (moved, Size(2, 1)),
}


@pytest.mark.proves("review-size")
@pytest.mark.parametrize("what", STEPS)
def test_what_is_to_be_read(what: str, shop: Repository) -> None:
    """Locks and generated files count for nothing, a deleted file for one line, a moved one for what changed."""
    step, expected = STEPS[what]
    shop.git("config", "diff.renames", "false")  # as some have it
    step(shop)
    shop.commit()

    assert expected == size(shop.folder, "main")


@pytest.mark.proves("review-size")
def test_what_is_measured_is_the_branch(shop: Repository) -> None:
    """What main got meanwhile does not count, nor does a binary file or one that was only moved."""
    shop.write("logo.bin", "\0two")
    shop.git("mv", "moved.py", "elsewhere.py")
    shop.commit()
    shop.git("switch", "--quiet", "main")
    shop.write("orders.py", text(400))
    shop.commit()
    shop.git("switch", "--quiet", "change")

    assert Size(0, 0) == size(shop.folder, "main")
    with pytest.raises(subprocess.CalledProcessError):
        size(shop.folder, "no-such-branch")


@pytest.mark.harm("review-size")
def test_all_lines_say_nothing_of_the_reading(shop: Repository, output: Output) -> None:
    """Where Git counts 1,972 lines, 73 are to be read."""
    rows = [f"{'':<23}{'lines':>6}{'to read':>9}"]
    for what, (step, _) in STEPS.items():
        step(shop)
        shop.commit()
        counted = size_dont.lines(shop.folder, "HEAD~1")
        rows.append(f"{what:<23}{counted:>6,}{size(shop.folder, 'HEAD~1').lines:>9,}")
    counted, read = size_dont.lines(shop.folder, "main"), size(shop.folder, "main")
    rows.append(f"{'the whole':<23}{counted:>6,}{read.lines:>9,}")

    assert (1972, Size(73, 4)) == (counted, read)
    output.check(f"{PAGE}/split.out", "\n".join(rows))


def lines_to_read(repository: Path, base: str) -> int:
    """Measure a branch as the page does."""
    return size(repository, base).lines


@pytest.mark.proves("review-size")
def test_the_comment_says_where_to_cut(shop: Repository) -> None:
    """The comment names the files that can go first, and counts as the functions do; the short one does neither."""
    "code_review/speed_and_size/comments.md"
    "code_review/speed_and_size/comments_dont.md"
    "code_review/speed_and_size/split.out"
    for step, _ in STEPS.values():
        step(shop)
    shop.commit()
    counts = [way(shop.folder, "main") for way in (size_dont.lines, lines_to_read)]
    shop.git("switch", "--quiet", "--create", "feature", "main")
    feature(shop)
    shop.commit()
    counts.append(lines_to_read(shop.folder, "main"))
    comment = better(SPLIT)

    assert comment.blocks is False
    told = re.findall(r"\d[\d,]*\b", comment.discussion.partition("http")[0])
    assert [f"{count:,}" for count in counts] == told
    assert all(f"`{name}`" in comment.subject for name in ("orders.py", "old.py"))
    with pytest.raises(ValueError, match="begin with one of"):
        parse(SPLIT.before)


@pytest.mark.proves("review-in-a-day")
def test_a_look_costs_half_a_gap_and_a_round_a_whole_one(output: Output) -> None:
    """The first look comes after half a gap on average, and each round takes as many whole gaps as the rework needs."""
    looks = {"once a day": 1, "twice": 2, "4 times": 4, "8 times": 8}
    rows = ["rounds" + "".join(f"{name:>12}" for name in looks)]
    for rounds in (1, 2, 3, 4):
        hours = [wait(rounds, times) for times in looks.values()]
        rows.append(f"{rounds:>6}" + "".join(f"{each:>10.1f} h" for each in hours))
        for each, times in zip(hours, looks.values(), strict=True):
            gap = DAY // times
            first, further = (gap - 1) / 2, (rounds - 1) * ceil(60 / gap) * gap
            assert (first + further) / 60 == pytest.approx(each)

    assert 20 == round(wait(3, 1))
    assert 5 == round(wait(3, 4))
    output.check(f"{PAGE}/waits.out", "\n".join(rows))


@pytest.mark.proves("review-in-a-day")
def test_a_longer_rework_waits_for_a_later_look() -> None:
    """Who looks at each minute lets nobody wait but for the rework; two hours of it miss a look."""
    assert 0 == wait(1, DAY)
    assert 2 == wait(3, DAY)
    assert wait(2, 4, rework=121) == pytest.approx(wait(2, 4) + 2)


@pytest.mark.proves("review-in-a-day")
def test_the_answer_says_when() -> None:
    """The comment says when the review comes, gives one thing to go on with, and blocks nothing."""
    "code_review/speed_and_size/comments.md"
    "code_review/speed_and_size/answer.diff"
    comment = better(ANSWER)

    assert comment.blocks is False
    assert "tomorrow at 10:00" in comment.subject


@pytest.mark.harm("review-in-a-day")
def test_an_answer_that_says_nothing() -> None:
    """An answer without a time leaves the author where they were, and a day of waiting for each round."""
    "code_review/speed_and_size/comments_dont.md"
    with pytest.raises(ValueError, match="begin with one of"):
        parse(ANSWER.before)

    assert not any(letter.isdigit() for letter in ANSWER.before)
    assert 8 == round(wait(2, 1) - wait(1, 1))
