# ruff: noqa: S603, S607 # no shell reads the commit; Git is on the PATH
"""One codebase: every deploy runs a commit of main."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import httpx

FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def strays(
    deploys: Iterable[str], codebase: Path, main: str = "main"
) -> dict[str, str]:
    """Find the deploys whose commit is not on main.

    Args:
        deploys: Their addresses.
        codebase: A full clone of the repository, up to date.
        main: What the branch is called there.

    Returns:
        The commit of each stray, by the name of its deploy.

    Raises:
        HTTPError: A deploy does not say what it runs.
        CalledProcessError: The clone has no such branch.
    """
    subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", main],
        cwd=codebase,
        capture_output=True,
        check=True,
    )
    found = {}
    for address in deploys:
        answer = httpx.get(f"{address}/version", timeout=5)
        told = answer.raise_for_status().json()
        if not on_main(told["commit"], codebase, main):
            found[told["deploy"]] = told["commit"]
    return found


def on_main(commit: str, codebase: Path, main: str = "main") -> bool:
    """Say whether main holds a commit that is named by its full ID."""
    if not FULL_ID.fullmatch(commit):
        return False  # a branch is a name for another commit tomorrow
    asked = subprocess.run(
        ["git", "merge-base", "--is-ancestor", commit, main],
        cwd=codebase,
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0
