"""What a post-mortem must say, and what it must not end in."""

import re
from datetime import date

FIELDS = (
    "Impact",
    "Trigger",
    "Contributing factors",
    "Timeline (UTC)",
    "What went well",
    "What went badly",
    "Where we were lucky",
    "Actions",
)
BLAME = re.compile(
    r"human error|careless|should have|be more careful|his fault",
    re.IGNORECASE,
)
KINDS = {"prevent", "detect", "mitigate"}


def faults(post_mortem: str) -> list[str]:
    """Say what is wrong with a post-mortem.

    Args:
        post_mortem: Its text, in Markdown.

    Returns:
        A line for each fault; none if people can learn from it.
    """
    rows = re.split(r"^## (.+)$", post_mortem, flags=re.MULTILINE)
    said = dict(zip(rows[1::2], rows[2::2], strict=True))
    empty = [f for f in FIELDS if not said.get(f, "").strip()]
    found = [f"lacks: {field}" for field in empty]
    if not re.search(r"\d", said.get("Impact", "")):
        found.append("impact: no number")
    factors = said.get("Contributing factors", "")
    _, *others = re.findall(r"^- ", factors, re.MULTILINE) or [""]
    if not others:
        found.append("contributing factors: name two or more")
    found += [
        f"ends the inquiry: {match[0]!r}"
        for match in BLAME.finditer(post_mortem)
    ]
    return found + without_owner(said.get("Actions", ""))


def without_owner(actions: str) -> list[str]:
    """Say which rows of the table of actions will not be done."""
    rows = re.findall(r"^\|(.+)\|\s*$", actions, re.MULTILINE)[2:]
    found = [] if rows else ["actions: no row of a table"]
    for row in rows:
        cells = [x.strip() for x in row.split("|")]
        what, kind, owner, due, *_ = [*cells, "", "", ""]
        if kind not in KINDS:
            found.append(
                f"{what}: type is {' or '.join(sorted(KINDS))}"
            )
        if not owner or owner == "everybody":
            found.append(f"{what}: no owner")
        try:
            date.fromisoformat(due)
        except ValueError:
            found.append(f"{what}: due on no date")
    return found
