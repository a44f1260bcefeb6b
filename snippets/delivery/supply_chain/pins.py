# ruff: noqa: S603, S607 # no shell reads the names; Git is on the PATH
"""Whether a workflow runs the actions that it seems to run."""

import re
import subprocess
from collections.abc import Iterator

USES = re.compile(
    r"\s*(?:- +)?uses: +[\"']?([\w.-]+/[\w.-]+)[^@\s]*"
    r"@([^\s\"']+)[\"']?(?: +# *(\S+))?"
)


def loose(
    workflow: str, host: str = "https://github.com"
) -> Iterator[str]:
    """Find actions that may change, or are not what they are called.

    Args:
        workflow: Its text, each `uses:` on a line of its own.
        host: Where the repositories of the actions are.

    Yields:
        A line for each that is not the commit of the release which
        the comment beside it names.
    """
    for uses in filter(None, map(USES.match, workflow.splitlines())):
        action, ref, tag = uses.groups()
        if not re.fullmatch("[0-9a-f]{40}", ref):
            yield f"{action}@{ref}: may be another commit tomorrow"
        elif ref != commit(f"{host}/{action}", f"refs/tags/{tag}"):
            yield f"{action}@{ref[:7]}: is not {tag}"


def commit(repository: str, tag: str) -> str:
    """Ask a repository which commit a tag names today.

    Raises:
        CalledProcessError: It does not answer.
    """
    run = subprocess.run(
        ["git", "ls-remote", repository, tag, f"{tag}^{{}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = run.stdout.splitlines() or [""]
    return lines[-1].partition("\t")[0]  # ^{} is last: not the tag
