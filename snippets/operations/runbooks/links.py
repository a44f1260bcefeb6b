"""Find the alerts whose link leads to no runbook of theirs."""

from pathlib import Path
from urllib.parse import urlsplit

import yaml

from snippets.operations.runbooks.rehearsal import missing, sections


def unlinked(rules: Path, runbooks: Path) -> list[str]:
    """Follow the link of each alert that wakes somebody.

    Args:
        rules: A rule file of Prometheus.
        runbooks: The folder that is published; the last part of a
            link, such as `payments-wait`, is `payments_wait.md` here.

    Returns:
        A line for each alert that has no link, a link to nothing, or
        a link to a runbook that is for another or is not complete.
    """
    problems = []
    groups = yaml.safe_load(rules.read_text(encoding="utf-8"))["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        if rule.get("labels", {}).get("severity") != "page":
            continue
        url = rule.get("annotations", {}).get("runbook_url", "")
        name = urlsplit(url).path.rpartition("/")[2].replace("-", "_")
        file = runbooks / f"{name}.md"
        problem = (
            fault(rule["alert"], file) if url else "no runbook_url"
        )
        if problem:
            problems.append(f"{rule['alert']}: {problem}")
    return problems


def fault(alert: str, file: Path) -> str:
    """Say why a file is no runbook of an alert; nothing if it is."""
    if not file.is_file():
        return f"no {file.name}"
    text = file.read_text(encoding="utf-8")
    if f"`{alert}`" not in sections(text).get("Alert", ""):
        return f"{file.name} is for another alert"
    lacks = ", ".join(missing(text))
    return lacks and f"{file.name} lacks {lacks}"
