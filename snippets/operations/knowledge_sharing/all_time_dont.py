# ruff: noqa: S603, S607 # no shell; Git is on the PATH
"""Who has written most."""

import re
import subprocess
from collections import Counter
from pathlib import Path


def all_time(repository: Path, system: str) -> Counter[str]:
    """Add up the lines that each author has added or removed."""
    log = subprocess.run(
        ["git", "log", "--format=%an", "--numstat", "--", system],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    lines, author = Counter[str](), ""
    for row in filter(None, log.stdout.splitlines()):
        if counts := re.match(r"(\d+)\t(\d+)\t", row):
            lines[author] += int(counts[1]) + int(counts[2])
        else:
            author = row
    return lines
