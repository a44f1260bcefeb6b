# ruff: noqa: S603 # no shell; Git is on the PATH
"""How much of a change somebody has to read."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

UNREAD = ("**/*.lock", "locks/**", "**/generated/**")  # ours


@dataclass(frozen=True)
class Size:
    """What is to be read.

    Attributes:
        lines: Added and removed; a file that was deleted is one.
        files: In how many files.
    """

    lines: int
    files: int


def size(repository: Path, base: str = "origin/main") -> Size:
    """Measure the branch that is checked out.

    Locks and generated files are left out, and of a moved file what
    was not changed on the way.

    Args:
        repository: Where it is.
        base: What it is to be merged into.

    Raises:
        CalledProcessError: Git does not know the base.
    """
    left_out = [f":(exclude,glob){pattern}" for pattern in UNREAD]

    def diff(*options: str) -> list[str]:
        command = ["git", "diff", "--find-renames", *options]
        run = subprocess.run(
            [*command, f"{base}...HEAD", "--", ".", *left_out],
            cwd=repository,
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout.splitlines()

    deleted = len(diff("--diff-filter=D", "--name-only"))
    changed = [
        sum(int(n) for n in row.split("\t")[:2] if n != "-")  # binary
        for row in diff("--diff-filter=d", "--numstat")
    ]
    read = [lines for lines in changed if lines]
    return Size(sum(read) + deleted, len(read) + deleted)
