# ruff: noqa: S603, S607 # no shell reads the names; Git is on the PATH
"""Branches that have been away from main for too long."""

import subprocess
from datetime import datetime, timedelta
from pathlib import Path


def overdue(
    codebase: Path, now: datetime, limit: timedelta
) -> dict[str, timedelta]:
    """Find the branches whose oldest unmerged commit is too old.

    Args:
        codebase: A clone with every branch: `git clone --mirror`.
        now: The time, with its zone.
        limit: How old a commit may be that is not on main.

    Returns:
        The age of each branch that is older, by its name.
    """
    names = ["for-each-ref", "--format=%(refname:short)", "refs/heads"]
    ages = {}
    for branch in git(codebase, *names, "--no-merged=main"):
        own = git(codebase, "log", "--format=%aI", f"main..{branch}")
        ages[branch] = now - min(map(datetime.fromisoformat, own))
    return {name: age for name, age in ages.items() if age > limit}


def git(codebase: Path, *arguments: str) -> list[str]:
    """Run Git, and give the lines that it writes.

    Raises:
        CalledProcessError: Git refuses.
    """
    run = subprocess.run(
        ["git", *arguments],
        cwd=codebase,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()
