# ruff: noqa: S603, S607 # whoever runs this may run the runbook
"""Run a runbook, and compare it with what it promises."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FIELDS = (
    "Alert",
    "User impact",
    "First five minutes",
    "Roll back",
    "Escalation",
    "Last exercised",
)
STEP = re.compile(
    r"^```bash\n(?P<command>.*?)^```\n"
    r"(?:\n```text\n(?P<expected>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """A command of a runbook.

    Attributes:
        line: Where its command begins, from 1.
        section: The heading above it.
        command: What to type.
        expected: What it prints; nothing if the runbook does not say.
    """

    line: int
    section: str
    command: str
    expected: str | None


def steps(runbook: str) -> list[Step]:
    """List the commands of a runbook, in Markdown."""
    found = []
    for match in STEP.finditer(runbook):
        above = runbook[: match.start()]
        *_, section = re.findall(r"^## (.+)$", above, re.MULTILINE)
        line = above.count("\n") + 2
        command, expected = match["command"], match["expected"]
        found.append(Step(line, section, command, expected))
    return found


def sections(runbook: str) -> dict[str, str]:
    """Give the text below each heading of a runbook."""
    rows = re.split(r"^## (.+)$", runbook, flags=re.MULTILINE)[1:]
    return dict(zip(rows[::2], rows[1::2], strict=True))


def missing(runbook: str) -> list[str]:
    """Name the fields that a runbook lacks, or leaves empty."""
    found = sections(runbook)
    return [name for name in FIELDS if not found.get(name, "").strip()]


def rehearse(
    runbook: str,
    section: str,
    environment: Mapping[str, str],
    folder: Path,
) -> list[str]:
    """Run the commands of one section, and stop each at an error.

    Args:
        runbook: Its text, in Markdown.
        section: Its heading: the state that it is for.
        environment: What its commands need, PATH included.
        folder: Where they run, and may write.

    Returns:
        A line for each step that did not print what it should, or
        one that says that the section has no step.
    """
    here = [step for step in steps(runbook) if step.section == section]
    problems = [] if here else [f"no command under {section!r}"]
    for step in here:
        if step.expected is None:
            problems.append(f"line {step.line}: says no output")
            continue
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", step.command],
            capture_output=True,
            check=False,
            cwd=folder,
            env=dict(environment),
            text=True,
            timeout=60,
        )
        if ran.stdout != step.expected:
            problems.append(
                f"line {step.line}: exit {ran.returncode}, printed"
                f" {ran.stdout.strip()!r},"
                f" expected {step.expected.strip()!r}"
            )
    return problems
