"""A real Git repository in which several people work, on days that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.delivery.repository import Repository

if TYPE_CHECKING:
    from datetime import datetime


class Shared(Repository):
    """A repository with one commit of Ada's, and then those of others."""

    def record(
        self, name: str, at: datetime, message: str = "Change it", **env: str
    ) -> str:
        """Commit what is there as somebody, and give the commit.

        Args:
            name: Whose work it is; the address is made of it.
            at: When it was written and committed.
            message: With trailers, if it has any.
            env: What Git is told otherwise, as `GIT_COMMITTER_DATE`.
        """
        who = {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": address(name),
            "GIT_AUTHOR_DATE": at.isoformat(),
            "GIT_COMMITTER_DATE": at.isoformat(),
        }
        self.git("add", "--all")
        command = ["git", "commit", "--quiet", "--allow-empty", "--message", message]
        self.run(*command, **who | env)
        return self.git("rev-parse", "HEAD")

    def write(self, file: str, text: str) -> None:
        """Write a file, and its folder."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def address(name: str) -> str:
    """Give somebody's address."""
    return f"{name.lower()}@example.com"
