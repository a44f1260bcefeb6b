# ruff: noqa: S603, S607 # the harm
"""A thumbnail, by a program that may be there."""

import subprocess
from pathlib import Path


def thumbnail(picture: Path) -> None:
    """Make a small picture of a large one."""
    subprocess.run(
        ["convert", picture, "-resize", "64x64", "small.png"],
        check=True,
    )
