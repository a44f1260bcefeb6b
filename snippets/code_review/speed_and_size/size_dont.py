# ruff: noqa: S603, S607 # no shell; Git is on the PATH
"""How much of a change there is."""

import re
import subprocess
from pathlib import Path


def lines(repository: Path, base: str = "origin/main") -> int:
    """Add up the lines that Git counts."""
    run = subprocess.run(
        ["git", "diff", "--shortstat", f"{base}...HEAD"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    counts = re.findall(r"(\d+) (?:insertion|deletion)", run.stdout)
    return sum(map(int, counts))
