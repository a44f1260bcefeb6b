# ruff: noqa: S603 # no shell
"""A build for each environment, and a run of whatever lies there."""

import subprocess
import sys
import zipapp
from hashlib import sha256
from pathlib import Path


def build(checkout: Path, artifact: Path) -> str:
    """Pack the folder, and give the digest."""
    zipapp.create_archive(
        checkout, artifact, filter=lambda path: ".git" not in path.parts
    )
    return sha256(artifact.read_bytes()).hexdigest()


def run(artifact: Path) -> int:
    """Run it, and give the exit code."""
    return subprocess.call([sys.executable, artifact])
