"""What meets somebody who wants to change a practice is there, and fits the handbook."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from handbook.practices import chapters
from tests.projects import ROOT
from tests.site.tools import require, run

GITHUB: Final = Path(ROOT, ".github")
FORMS: Final = sorted(GITHUB.glob("ISSUE_TEMPLATE/[!c]*.yml"))
FORM: Final = "vendor.github-issue-forms"
CONFIG: Final = "vendor.github-issue-config"


def faults(schema: str, file: Path) -> str:
    """Say what the schema of the host finds wrong in a file."""
    tool = require("check-jsonschema")
    done = run(tool, f"--builtin-schema={schema}", file)
    return done.stdout * bool(done.returncode)


def unowned(text: str, names: set[str]) -> set[str]:
    """Name the folders of chapters for which nobody is asked to review."""
    rows = [row.split() for row in text.split("\n") if row and row[0] != "#"]
    owned = {row[0].removeprefix("**/").rstrip("/") for row in rows if row[1:]}
    return names - owned


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_an_issue_form_is_one(form: Path) -> None:
    """The host can show each form."""
    assert "" == faults(FORM, form)


def test_the_choice_of_forms_is_valid() -> None:
    """No issue begins empty, and a small change is led to the guide."""
    file = GITHUB / "ISSUE_TEMPLATE" / "config.yml"

    assert "" == faults(CONFIG, file)
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["contact_links"]


def test_a_form_that_asks_nothing_is_refused(tmp_path: Path) -> None:
    """A form without a body, or with a field of no kind, is found."""
    (tmp_path / "empty.yml").write_text("name: A\ndescription: B\n")
    field = "- type: novel\n  attributes:\n    label: C\n"
    (tmp_path / "odd.yml").write_text(f"name: A\ndescription: B\nbody:\n{field}")

    assert "'body' is a required property" in faults(FORM, tmp_path / "empty.yml")
    assert "novel" in faults(FORM, tmp_path / "odd.yml")


def test_each_chapter_has_somebody_who_is_asked() -> None:
    """The folders of every chapter, as pages and as modules, have an owner."""
    text = (GITHUB / "CODEOWNERS").read_text(encoding="utf-8")
    names = {*chapters(ROOT)} | {name.replace("-", "_") for name in chapters(ROOT)}

    assert set() == unowned(text, names)
    assert {"slos"} == unowned(re.sub(r"(?m)^\*\*/slos/.*\n", "", text), names)
    assert {"slos"} == unowned(re.sub(r"(?m)(\*\*/slos/).*$", r"\1", text), names)


def hooks(text: str) -> list[dict[str, Any]]:
    """List the hooks that run before a commit."""
    return [hook for repo in yaml.safe_load(text)["repos"] for hook in repo["hooks"]]


def test_a_commit_runs_sessions_that_exist() -> None:
    """Each hook is a session of nox, so that there is one way to check a thing."""
    text = Path(ROOT, ".pre-commit-config.yaml").read_text(encoding="utf-8")
    known = run(require("nox"), "--list-sessions", "--json", cwd=ROOT).stdout
    entries = [hook["entry"] for hook in hooks(text)]

    assert ["nox --session lint -- --fix", "nox --session security"] == entries
    for entry in entries:
        assert f'"session": "{entry.split()[2]}"' in known
