"""Name what a growth plan lacks, before anybody signs it."""

import re
from datetime import date
from typing import Final

from snippets.mentoring.framework.behaviours import (
    Behaviour,
    unobservable,
)

SECTIONS: Final = (
    "One thing",
    "What you will see",
    "The task that shows it",
    "Who helps",
    "Evidence",
)
LONGEST: Final = 90  # days until it is looked at


def missing(plan: str) -> list[str]:
    """Name what a plan lacks.

    Args:
        plan: Markdown, as in `growth_plan.md`.

    Returns:
        One line for each fault; none if two people can begin.
    """
    parts = re.split(r"^## (.+)$", plan, flags=re.MULTILINE)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    faults = [
        f"{name}: not there" for name in SECTIONS if name not in told
    ]
    agreed, review = day(parts[0], "Agreed"), day(parts[0], "Review")
    if not agreed:
        faults.append("Agreed: write a date, and with whom")
    if not review:
        faults.append("Review: write a date")
    elif agreed and not 0 < (review - agreed).days <= LONGEST:
        faults.append(f"Review: within {LONGEST} days, or it is a wish")
    if re.search("^- ", told.get("One thing", ""), re.MULTILINE):
        faults.append("One thing: that is a list")
    acts = re.findall(
        "^- (.+)$", told.get("What you will see", ""), re.MULTILINE
    )
    if not acts:
        faults.append("What you will see: write acts, each with a dash")
    faults += [
        f"{act}: {fault}"
        for act in acts
        if (fault := unobservable(Behaviour(act, seen="here")))
    ]
    if not re.search(r"\d{4}-\d\d-\d\d", told.get(SECTIONS[2], "")):
        faults.append(f"{SECTIONS[2]}: write which, and its date")
    return faults


def day(head: str, name: str) -> date | None:
    """Read a date of the plan's head, if it is one."""
    found = re.search(
        rf"^{name}: (\d{{4}}-\d\d-\d\d)", head, re.MULTILINE
    )
    return date.fromisoformat(found[1]) if found else None
