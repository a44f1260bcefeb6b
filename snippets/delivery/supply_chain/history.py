# ruff: noqa: S603, S607, T201 # no shell; Git is on the PATH; prints
"""Keys that are, or ever were, in a repository."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

KEYS = {
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[opsur]_\w{36}|\bgithub_pat_\w{82}",
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
}
MESSAGE = "the message"


def leaks(repository: Path) -> Iterator[str]:
    """Find keys in every commit of every branch and tag.

    Yields:
        Commit, file and kind of each; never the key.

    Raises:
        ValueError: The clone is shallow, and lacks what was before.
        CalledProcessError: It is no repository.
    """
    shallow = git(repository, "rev-parse", "--is-shallow-repository")
    if shallow.strip() != "false":
        raise ValueError("a shallow clone: fetch the whole history")
    patches = ["--all", "--patch", "--text", "--remerge-diff"]
    plain = ["-c", "core.quotePath=false", "log", "--no-color"]
    log = git(repository, *plain, *patches, "--format=commit %h%n%B")
    commit = file = ""
    for line in log.split("\n"):
        if re.fullmatch("commit [0-9a-f]+", line):
            commit, file = line[7:], MESSAGE
        elif line.startswith("diff --git "):
            file = ""
        elif line.startswith("+++ b/"):
            file = line[6:]
        elif file == MESSAGE or line.startswith("+"):
            for kind, key in KEYS.items():
                if re.search(key, line):
                    yield f"{commit} {file}: {kind}"


def git(repository: Path, *arguments: str) -> str:
    """Run Git, and give what it writes."""
    run = subprocess.run(
        ["git", *arguments],
        cwd=repository,
        capture_output=True,
        check=True,
    )
    return run.stdout.decode(errors="replace")


if __name__ == "__main__":
    try:
        found = "\n".join(leaks(Path()))
    except ValueError as error:
        sys.exit(str(error))
    print(found or "no key in the history")
    sys.exit(bool(found))
