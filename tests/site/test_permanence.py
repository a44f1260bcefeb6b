"""An ID that was ever published stays in the registry."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from handbook.practices import REGISTRY
from tests.projects import ROOT, Project


def ever_published(folder: str) -> set[str]:
    """Read every ID that the registry has ever held, from the history."""
    command = ["git", "-C", folder, "log", "--format=", "--patch", "--", REGISTRY]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("git has no history here: clone the repository")
    lines = done.stdout.splitlines()
    return {x[2:].rstrip("]") for x in lines if x.startswith("+[")}


def lost(folder: str) -> set[str]:
    """Name the IDs that the registry has held and holds no more."""
    text = Path(folder, REGISTRY).read_text(encoding="utf-8")
    return ever_published(folder) - tomllib.loads(text).keys()


def test_no_id_was_ever_taken_out_of_the_registry() -> None:
    """Whatever the history of the registry has added is in it still."""

    assert set() == lost(str(ROOT))


def test_an_id_taken_out_is_found(project: Project) -> None:
    """An ID that a later commit takes out of the registry is named."""
    git = [
        "git",
        "-C",
        str(project.root),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.test",
    ]
    for text in ("[greet]\n[gone]\n", "[greet]\n"):
        project.write(REGISTRY, text)
        for command in (["init", "-q"], ["add", REGISTRY], ["commit", "-qm", "x"]):
            subprocess.run([*git, *command], check=True)

    assert {"gone"} == lost(str(project.root))
