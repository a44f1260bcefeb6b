# ruff: noqa: S603 # no shell; Git is on the PATH
"""What each commit of a repository changed, and whose work it was."""

import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

LOG = (
    *("git", "-c", "core.quotePath=false", "log", "--no-merges"),
    *("--numstat", "--ignore-all-space", "--ignore-blank-lines"),
    *("--find-renames", "--diff-filter=AM"),
)
EACH = "%x1e%H%x1f%aI%x1f%ae%x1f%(trailers:key=Co-authored-by)%x1f"
CHANGED = re.compile(r"^(?!0\t0\t)\S+\t\S+\t(.+)$", re.MULTILINE)


class Commit(NamedTuple):
    """A commit that is no merge.

    Attributes:
        name: Its full ID.
        at: When it was written, not when it was merged or rebased.
        by: The addresses of its author and its co-authors.
        files: Those in which more than white space changed; neither
            moved nor deleted ones.
    """

    name: str
    at: datetime
    by: frozenset[str]
    files: frozenset[str]


def commits(repository: Path) -> Iterator[Commit]:
    """Read the whole history of what is checked out, newest first.

    Raises:
        CalledProcessError: It is no repository.
    """
    log = subprocess.run(
        [*LOG, f"--format={EACH}"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    for record in log.stdout.split("\x1e")[1:]:
        name, at, author, others, stat = record.split("\x1f")
        yield Commit(
            name,
            datetime.fromisoformat(at),
            frozenset([author, *re.findall("<(.+)>", others)]),
            frozenset(CHANGED.findall(stat)),
        )
