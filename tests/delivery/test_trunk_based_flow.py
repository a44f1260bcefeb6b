# ruff: noqa: S311 # the seeds of a model
"""Real repositories, in which branches are merged and what comes of it is tested."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean
from typing import TYPE_CHECKING

import pytest

from snippets.delivery.trunk_based_flow.age import overdue
from snippets.delivery.trunk_based_flow.conflicts import DAILY, PLACES, conflicts

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS = Path(__file__).parents[2] / "snippets"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PRICES = "def total(prices):\n    return sum(prices)\n"
TEST = """import unittest
from {module} import {name}


class Test{module}(unittest.TestCase):
    def test_it(self):
        self.assertEqual({expected}, {name}([1, 2]))
"""


class Repository:
    """A shop with a function and its test, on main."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        test = TEST.format(module="prices", name="total", expected=3)
        self.commit("Add up prices", {"prices.py": PRICES, "test_prices.py": test})

    def run(
        self, *command: str, at: datetime = NOW
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository, at some time."""
        ada = {"NAME": "Ada", "EMAIL": "ada@example.com", "DATE": at.isoformat()}
        who = {
            f"GIT_{a}_{k}": v for a in ("AUTHOR", "COMMITTER") for k, v in ada.items()
        }
        plain = {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **who, **plain},
            capture_output=True,
            text=True,
            check=False,
        )

    def git(self, *arguments: str, at: datetime = NOW) -> str:
        """Run Git, and give what it says."""
        done = self.run("git", *arguments, at=at)
        assert 0 == done.returncode, done.stderr
        return done.stdout.strip()

    def commit(self, message: str, files: dict[str, str], at: datetime = NOW) -> None:
        """Write files, and commit them."""
        for name, text in files.items():
            (self.folder / name).write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message, at=at)

    def test(self, branch: str) -> str:
        """Run the tests of a branch, and give the last error, or OK."""
        self.git("switch", "--quiet", branch)
        run = self.run("python", "-m", "unittest", "--quiet")
        self.git("switch", "--quiet", "main")
        return "OK" if run.returncode == 0 else error(run.stderr)

    def merge(self, script: str, branch: str) -> str:
        """Run a script of the page, and say what became of a branch."""
        run = self.run("sh", str(SNIPPETS / script), branch)
        return "merged" if run.returncode == 0 else f"not merged: {error(run.stderr)}"


def error(told: str) -> str:
    """Find the error among what Python has told."""
    return next(line for line in told.splitlines() if "Error:" in line).split(" (")[0]


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """Make a repository with two branches: one renames what the other begins to use."""
    shop = Repository(tmp_path)
    shop.git("switch", "--quiet", "--create", "rename")
    test = TEST.format(module="prices", name="total_cents", expected=3)
    renamed = PRICES.replace("total", "total_cents")
    shop.commit("Say the unit", {"prices.py": renamed, "test_prices.py": test})
    shop.git("switch", "--quiet", "--create", "receipt", "main")
    code = (
        "import prices\n\n\ndef receipt(items):\n    return str(prices.total(items))\n"
    )
    test = TEST.format(module="receipts", name="receipt", expected="'3'")
    shop.commit("Print receipts", {"receipts.py": code, "test_receipts.py": test})
    shop.git("switch", "--quiet", "main")
    return shop


@pytest.mark.harm("test-the-merge")
def test_two_green_branches_make_main_red(shop: Repository, output: Output) -> None:
    """Each branch passes its tests, Git sees no conflict, and main does not pass."""
    script = "delivery/trunk_based_flow/merge_dont.sh"
    rows = [
        f"{name:<8} {shop.test(name):<4} {shop.merge(script, name)}" for name in BOTH
    ]
    rows.append(f"main     {shop.test('main')}")

    assert ["OK   merged"] * 2 == [row[9:] for row in rows[:2]]
    assert "has no attribute 'total'" in rows[2]
    output.check("delivery/trunk_based_flow/merge_dont.out", "\n".join(rows))


BOTH = ("rename", "receipt")


@pytest.mark.proves("test-the-merge")
def test_what_would_break_main_is_not_merged(shop: Repository, output: Output) -> None:
    """The second branch is refused with the error that main would have had."""
    script = "delivery/trunk_based_flow/merge.sh"
    rows = [
        f"{name:<8} {shop.test(name):<4} {shop.merge(script, name)}" for name in BOTH
    ]
    rows.append(f"main     {shop.test('main')}")

    assert rows[0].endswith("OK   merged")
    assert rows[1].startswith("receipt  OK   not merged: AttributeError")
    assert "main     OK" == rows[2]
    assert 1 == len(shop.git("worktree", "list").splitlines())
    assert "1" == shop.git("rev-list", "--count", "--merges", "main")
    output.check("delivery/trunk_based_flow/merge.out", "\n".join(rows))


@pytest.mark.proves("test-the-merge")
def test_main_that_moved_meanwhile_is_not_overwritten(shop: Repository) -> None:
    """If somebody else merges while the tests run, the merge is not taken."""
    shop.git("switch", "--quiet", "rename")
    moved = "import subprocess, unittest\n\n\nclass TestMove(unittest.TestCase):\n"
    moved += "    def test_it(self):\n        subprocess.run("
    moved += "['git', 'update-ref', 'refs/heads/main', 'receipt'], check=True)\n"
    shop.commit("Move main", {"test_move.py": moved})
    shop.git("switch", "--quiet", "--detach")
    script = SNIPPETS / "delivery/trunk_based_flow/merge.sh"
    run = shop.run("sh", str(script), "rename")

    assert 0 != run.returncode
    assert "cannot lock ref 'refs/heads/main'" in run.stderr
    assert shop.git("rev-parse", "receipt") == shop.git("rev-parse", "main")


@pytest.mark.proves("short-branches")
def test_what_is_old_is_named(shop: Repository) -> None:
    """The oldest commit that main lacks counts, whatever was added since or merged."""
    shop.commit("Import", {"z": "1"}, NOW - timedelta(days=40))
    shop.git("switch", "--quiet", "--create", "slow", "main")
    shop.commit("Begin", {"a": "1"}, NOW - timedelta(days=9))
    shop.commit("Go on", {"a": "2"}, NOW - timedelta(hours=1))
    shop.git("switch", "--quiet", "--create", "done", "main")
    shop.commit("Begin and end", {"b": "1"}, NOW - timedelta(days=20))
    shop.git("switch", "--quiet", "main")
    shop.git("merge", "--quiet", "done")

    assert {"slow": timedelta(days=9)} == overdue(shop.folder, NOW, timedelta(days=1))
    assert {} == overdue(shop.folder, NOW, timedelta(days=9))
    shop.commit("Go on as well", {"y": "1"})
    shop.git("rebase", "--quiet", "main", "slow")
    shop.git("switch", "--quiet", "main")
    assert {"slow": timedelta(days=9)} == overdue(shop.folder, NOW, timedelta(days=1))
    mirror = shop.folder / "mirror"
    shop.git("clone", "--quiet", "--mirror", ".", str(mirror))
    assert {"slow"} == {*overdue(mirror, NOW, timedelta(days=1))}
    later = overdue(shop.folder, NOW + timedelta(hours=25), timedelta(days=1))
    assert {"slow", "rename", "receipt"} == {*later}
    shop.git("branch", "--move", "main", "trunk")
    with pytest.raises(subprocess.CalledProcessError):
        overdue(shop.folder, NOW, timedelta(days=1))


@pytest.mark.proves("short-branches")
def test_conflicts_by_how_long_a_branch_lives(output: Output) -> None:
    """Twenty days of work meet a quarter of the conflicts if they are merged daily."""
    seeds = range(1000)
    found = {
        n: mean(conflicts(20, n, Random(seed)) for seed in seeds)
        for n in (1, 2, 5, 10, 20)
    }
    rows = [f"{'merged':<14}{'conflicts in all':>18}{'in each merge':>16}"]
    for n, count in found.items():
        often = "every day" if n == 1 else f"every {n} days"
        rows.append(f"{often:<14}{count:>18.1f}{count * n / 20:>16.1f}")

    assert found[1] == min(found.values())
    assert 3.5 < found[20] / found[1] < 4.5
    output.check("delivery/trunk_based_flow/conflicts.out", "\n".join(rows))


def test_git_counts_likewise(tmp_path: Path) -> None:
    """The conflicts are those that Git finds when it merges such files."""
    for seed in range(10):
        random = Random(seed)
        sides: dict[str, list[str]] = {
            n: ["old"] * PLACES for n in ("main", "base", "own")
        }
        for _ in range(20):
            for side in ("main", "own"):
                for place in random.sample(range(PLACES), DAILY):
                    sides[side][place] = f"changed on {side}"
        for side, lines in sides.items():
            spaced = "\n\n\n\n".join(f"{n}\n\n{line}" for n, line in enumerate(lines))
            (tmp_path / side).write_text(f"{spaced}\n", "utf-8")
        merge = ["git", "merge-file", "--stdout", *sides]
        run = subprocess.run(merge, cwd=tmp_path, capture_output=True, check=False)

        assert conflicts(20, 20, Random(seed)) == run.returncode
