"""What can be read in a repository."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from snippets.delivery.supply_chain.history import KEYS
from snippets.readiness.probe.findings import (
    Finding,
    judge,
    manual,
)
from snippets.readiness.probe.settings import Repository

SKIPPED = {".git", ".nox", ".venv", "node_modules", "venv"}
BIG = 2**20  # bytes: no source file has more
SHA = re.compile(
    r"^\s*(?:- +)?uses: +[\"']?(?!\./)([^\s@\"']+)@(\S+)", re.MULTILINE
)
SECTIONS = {
    "the impact": "impact",
    "the first steps": "first|steps|check|diagnos",
    "the way back": "roll ?back|mitigat|recover",
    "whom to call": "escalat|contact|call",
}
Files: TypeAlias = list[Path]
Look: TypeAlias = Callable[[Files], Finding]


def files(root: Path, patterns: list[str]) -> Files:
    """Find the files of some patterns, each once, none vendored."""
    found = {file for each in patterns for file in root.glob(each)}
    return sorted(
        file
        for file in found
        if file.is_file()
        and not SKIPPED & {*file.relative_to(root).parts}
    )


def read_repository(root: Path, told: Repository) -> dict[str, Finding]:
    """Look at all that a repository shows.

    Args:
        root: The repository.
        told: Where things are in it.
    """
    looks: dict[str, tuple[str, Look]] = {
        "alert-rules": ("rules", alert_rules),
        "dashboards": ("dashboards", dashboards),
        "security-scan": (
            "workflows",
            partial(scanned, names=told.scanners),
        ),
        "workflows": ("workflows", trusting),
        "dependencies": (
            "locks",
            partial(locked, root=root, told=told),
        ),
        "runbook": ("runbooks", runbook),
        "rollback": ("rollbacks", rollback),
    }
    found = {"secrets": keys(root)}
    for item, (name, look) in looks.items():
        patterns = getattr(told, name)
        if there := files(root, patterns):
            try:
                found[item] = look(there)
            except (
                yaml.YAMLError,
                ValueError,
                AttributeError,
                TypeError,
            ) as error:
                why = str(error).splitlines()[0]
                found[item] = judge(f"{name} cannot be read: {why}", "")
        else:
            fault = f"no file is {' or '.join(patterns)}"
            found[item] = judge(fault, "")
    return found


def nothing_to_read() -> dict[str, Finding]:
    """Leave to a person what only a repository shows."""
    items = [
        "secrets", "alert-rules", "dashboards", "security-scan",
        "workflows", "dependencies", "runbook", "rollback",
    ]  # fmt: skip
    return dict.fromkeys(items, manual("--repo PATH lets it look"))


def alert_rules(there: Files) -> Finding:
    """See that each alert says what, how bad, and what to do."""
    alerts = [
        (file, rule) for file in there for rule in alerts_of(file)
    ]
    if not alerts:
        return judge(f"no alert in {names(there)}", "")
    for file, rule in alerts:
        lacks = [
            name
            for name, given in (
                ("expression", rule.get("expr")),
                ("severity", rule.get("labels", {}).get("severity")),
                (
                    "runbook_url",
                    rule.get("annotations", {}).get("runbook_url"),
                ),
            )
            if not given
        ]
        if lacks:
            said = f"{rule['alert']} has no {' and no '.join(lacks)}"
            return judge(f"{file.name}: {said}", "")
    return judge("", f"{len(alerts)} alerts")


def alerts_of(file: Path) -> Iterator[dict[str, Any]]:
    """Read the alerts of a rule file."""
    document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    for group in document.get("groups", []):
        yield from (r for r in group.get("rules", []) if "alert" in r)


def dashboards(there: Files) -> Finding:
    """See that a dashboard has panels, and each panel a query."""
    for file in there:
        panels = json.loads(file.read_text(encoding="utf-8")).get(
            "panels", []
        )
        empty = [p.get("title") for p in panels if not queries(p)]
        if not panels or empty:
            fault = f"{file.name}: {empty[0] if empty else 'it'} asks nothing"
            return judge(fault, "")
    return judge("", f"{len(there)} with queries")


def queries(panel: dict[str, Any]) -> bool:
    """Say whether a panel asks something; a row or a text need not."""
    if panel.get("type") in {"row", "text"}:
        return True
    targets = panel.get("targets", [])
    return bool(targets) and all(
        t.get("expr") or t.get("query") for t in targets
    )


def steps(there: Files) -> Iterator[dict[str, Any]]:
    """Read every step of every job."""
    for file in there:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for job in document["jobs"].values():
            yield from job.get("steps", [])


def scanned(there: Files, names: list[str]) -> Finding:
    """Look for a scanner that stops the run."""
    for step in steps(there):
        text = f"{step.get('run', '')} {step.get('uses', '')}"
        scanner = next((x for x in names if x in text), None)
        if scanner and not step.get("continue-on-error"):
            return judge("", f"{scanner} stops the run")
    return judge(f"no step stops the run with {' or '.join(names)}", "")


def trusting(there: Files) -> Finding:
    """See that actions are commits, and that permissions are named."""
    for file in there:
        text = file.read_text(encoding="utf-8")
        for action, ref in SHA.findall(text):
            if not re.fullmatch("[0-9a-f]{40}", ref.strip("\"'")):
                return judge(
                    f"{file.name}: {action}@{ref} may change", ""
                )
        document = yaml.safe_load(text)
        jobs = document["jobs"].values()
        if "permissions" not in document and any(
            "permissions" not in job for job in jobs
        ):
            return judge(f"{file.name} names no permissions", "")
    return judge("", f"{names(there)}: commits, and permissions")


def locked(there: Files, root: Path, told: Repository) -> Finding:
    """See that versions are locked, and that somebody watches them."""
    for file in there:
        if file.suffix == ".txt" and (line := loose(file)):
            return judge(f"{file.name} leaves open {line}", "")
    workflows = files(root, told.workflows)
    watched = files(root, told.watchers) or (
        workflows
        and "audit" in " ".join(str(s) for s in steps(workflows))
    )
    fault = "" if watched else f"nobody watches {names(there)}"
    return judge(fault, f"{names(there)} locked, and watched")


def loose(requirements: Path) -> str:
    """Give the first requirement without a version or a hash."""
    text = requirements.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if re.match(r"[\w]", line) and not (
            "==" in line and "--hash=" in line
        ):
            return line.strip()
    return ""


def runbook(there: Files) -> Finding:
    """See that each runbook says what the one who is woken needs."""
    for file in there:
        text = file.read_text(encoding="utf-8").lower()
        for name, words in SECTIONS.items():
            if not re.search(f"^#+ .*({words})", text, re.MULTILINE):
                return judge(
                    f"{file.name} has no heading for {name}", ""
                )
    return judge("", names(there))


def rollback(there: Files) -> Finding:
    """Look for a document with the commands of the way back."""
    for file in there:
        text = file.read_text(encoding="utf-8")
        parts = re.split("^#+ ", text, flags=re.MULTILINE)
        for part in parts:
            title, _, body = part.partition("\n")
            titled = re.search(
                "roll ?back", title + file.name, re.IGNORECASE
            )
            if titled and re.search(
                "^(```|    |~~~)", body, re.MULTILINE
            ):
                return judge("", f"{file.name}: {title or 'whole'}")
    return judge(f"no commands of a rollback in {names(there)}", "")


def keys(root: Path) -> Finding:
    """Look for keys, and for a committed .env, in the tree."""
    for file in tracked(root):
        if file.name == ".env":
            return judge(f"{file.relative_to(root)} is committed", "")
        if not file.is_file() or file.stat().st_size > BIG:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        for kind, key in KEYS.items():
            if re.search(key, text):
                return judge(f"{file.relative_to(root)}: {kind}", "")
    return judge("", "no key in the tree")


def tracked(root: Path) -> Iterator[Path]:
    """List what Git has of a tree, or all of it if Git has nothing."""
    run = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 # it is on the PATH
        cwd=root,
        capture_output=True,
        check=False,
    )
    if run.returncode == 0 and run.stdout:
        yield from (
            root / name for name in run.stdout.decode().split("\0")[:-1]
        )
    else:
        yield from files(root, ["**/*"])


def names(there: Files) -> str:
    """Name a few files."""
    first, *others = there
    return first.name + (f" and {len(others)} more" if others else "")
