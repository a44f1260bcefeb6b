"""Real Git repositories, the same in every run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ADA = {"NAME": "Ada", "EMAIL": "ada@example.com", "DATE": "2026-11-23T09:00:00Z"}
ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONDONTWRITEBYTECODE": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
    **{f"GIT_{a}_{k}": v for a in ("AUTHOR", "COMMITTER") for k, v in ADA.items()},
}


class Repository:
    """A repository with one commit on main.

    Attributes:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("Begin", {"README.md": "# Shop\n"})

    def run(self, *command: str, **env: str) -> str:
        """Run a command in it, and give what that writes."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=ENVIRONMENT | env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def git(self, *arguments: str) -> str:
        """Run Git."""
        return self.run("git", *arguments)

    def commit(self, message: str, files: dict[str, str]) -> str:
        """Write files, commit them, and give the commit."""
        for name, text in files.items():
            (self.folder / name).write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")
