# ruff: noqa: S603, S607 # no shell reads the commit; Git is on the PATH
"""One codebase: every deploy runs a commit of main."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import httpx


def strays(deploys: Iterable[str], codebase: Path) -> dict[str, str]:
    """Find the deploys whose commit is not on main.

    Args:
        deploys: Their addresses.
        codebase: A clone of the repository, up to date.

    Returns:
        The commit of each stray, by the name of its deploy.

    Raises:
        HTTPError: A deploy does not say what it runs.
    """
    found = {}
    for address in deploys:
        answer = httpx.get(f"{address}/version", timeout=5)
        told = answer.raise_for_status().json()
        if not on_main(told["commit"], codebase):
            found[told["deploy"]] = told["commit"]
    return found


def on_main(commit: str, codebase: Path) -> bool:
    """Say whether main holds a commit; one that Git lacks it does not."""
    asked = subprocess.run(
        ["git", "merge-base", "--is-ancestor", commit, "main"],
        cwd=codebase,
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0
