# ruff: noqa: S603 # no shell; Git is on the PATH
"""Three stages: build a commit, release a build, run a release."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path


def build(repository: Path, commit: str, store: Path) -> str:
    """Make an artifact of a commit, whatever lies in the folder.

    Returns:
        Its digest, the same for each build of the commit.
    """
    git = ["git", "-c", "core.autocrlf=false"]  # or lines end otherwise
    artifact = subprocess.run(
        [*git, "archive", "--format=zip", "-0", commit],
        cwd=repository,
        env=os.environ | {"TZ": "UTC"},  # zip files hold local time
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    return keep(artifact, store)


def release(build: str, config: dict[str, str], store: Path) -> int:
    """Tie a build to a config, for good.

    Returns:
        The number of the release: the first is 1.

    Raises:
        FileExistsError: Somebody made that release, or removed one.
    """
    variables = json.dumps(config, sort_keys=True).encode()
    parts = {"build": build, "config": keep(variables, store)}
    number = len([*store.glob("v*")]) + 1
    with (store / f"v{number}").open("x") as file:
        json.dump(parts, file)
    return number


def run(number: int, store: Path) -> int:
    """Run what a release names, and nothing else.

    Returns:
        The exit code of the program.

    Raises:
        ValueError: It is not what was built or configured.
    """
    parts = json.loads((store / f"v{number}").read_bytes())
    program = take(parts["build"], store)
    config = json.loads(take(parts["config"], store).read_bytes())
    return subprocess.call([sys.executable, program], env=config)


def keep(content: bytes, store: Path) -> str:
    """Store content under its digest, and give that."""
    digest = sha256(content).hexdigest()
    (store / digest).write_bytes(content)
    return digest


def take(digest: str, store: Path) -> Path:
    """Find content that is still what its digest says."""
    file = store / digest
    if sha256(file.read_bytes()).hexdigest() != digest:
        raise ValueError(f"{digest[:12]}… has been changed")
    return file
