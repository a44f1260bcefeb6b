"""The command that proves the handbook is one, wherever it stands."""

from tests.services import ROOT


def test_the_page_shows_the_command_of_the_readme() -> None:
    """The page's commands, on one line, are the README's second command."""
    shown = (ROOT / "snippets" / "start/prove.sh").read_text(encoding="utf-8")
    command = " ".join(shown.removeprefix("#!/bin/sh").split())

    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_file_that_the_page_shows() -> None:
    """CI runs that very file, so that it cannot stop working unseen."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert "\nbash snippets/start/prove.sh\n" in script
