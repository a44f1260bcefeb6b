# ruff: noqa: S603, S607 # no shell; Git is on the PATH
"""Whether a decision says something else than when it was made."""

import subprocess
from pathlib import Path

from snippets.operations.design_records.records import sections

DECIDED = ("Accepted", "Rejected", "Superseded by ")


def rewritten(repository: Path, folder: str) -> list[str]:
    """Name each section that was changed once it was decided.

    Once a record is no longer proposed, only its status may change,
    and only to "Superseded by". Text that is put back is no change.

    Args:
        repository: A clone, with main or a merge into it checked out.
        folder: Where the records are, and nothing else is.

    Raises:
        ValueError: The clone is shallow: it does not know.
    """
    if (
        git(repository, "rev-parse", "--is-shallow-repository")
        != "false"
    ):
        raise ValueError("shallow: fetch the whole history")
    log = ("log", "--first-parent", "--no-renames")
    files = git(
        repository, *log, "--format=", "--name-only", "--", folder
    )
    found = []
    for file in sorted({*files.splitlines()}):
        commits = git(repository, *log, "--format=%h %an", "--", file)
        decided, since = dict[str, str](), dict[str, str]()
        for line in reversed(commits.splitlines()):
            commit, _, author = line.partition(" ")
            said = at(repository, commit, file)
            status = said.get("Status", "")
            if not decided and status.startswith(DECIDED):
                decided = said
            if decided and status.startswith(DECIDED[-1]):
                said["Status"] = decided["Status"]
            since = {
                name: since.get(name, f"{author} in {commit}")
                for name in {**decided, **said}
                if decided and decided.get(name) != said.get(name)
            }
        found += [f"{file}: {name}: {by}" for name, by in since.items()]
    return found


def at(repository: Path, commit: str, file: str) -> dict[str, str]:
    """Give the sections of a record as of a commit, if it was there."""
    if git(repository, "ls-tree", "--name-only", commit, "--", file):
        return sections(git(repository, "show", f"{commit}:{file}"))
    return {}


def git(repository: Path, *arguments: str) -> str:
    """Ask Git.

    Raises:
        CalledProcessError: It refuses.
    """
    run = subprocess.run(
        ["git", "-c", "core.quotePath=false", *arguments],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()
