"""Answer `/practice timeout` in a review with the practice itself.

Usage: python bot.py practices.json < comment.md
"""

import json
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

LABELS: Final = {
    "must": "issue (blocking)",
    "should": "suggestion (non-blocking)",
    "may": "thought",
}
COMMAND: Final = re.compile(r"^/practice +(\S.*?)\s*$", re.MULTILINE)

Practice = dict[str, Any]


def reply(comment: str, practices: list[Practice]) -> str:
    """Answer every `/practice` that begins a line of a comment.

    Args:
        comment: What somebody wrote.
        practices: What `practices.json` lists.

    Returns:
        Markdown, or nothing if nobody asked.
    """
    asked = dict.fromkeys(COMMAND.findall(comment))
    return "\n".join(answer(wanted, practices) for wanted in asked)


def answer(wanted: str, practices: list[Practice]) -> str:
    """Give one practice as a review comment, or those that are near."""
    for practice in practices:
        if practice["id"] == wanted.lower():
            label, said = (
                LABELS[practice["level"]],
                practice["statement"],
            )
            return f"**{label}:** {said}\n\n{practice['short']}\n"
    rows = [
        f"- `{practice['id']}`: [{practice['title']}]({practice['short']})"
        for practice in near(wanted, practices)
    ]
    name = re.sub(r"[^\w -]", "", wanted)  # it must mention nobody
    first = f"There is no practice `{name}`. The nearest:\n"
    if not rows:
        return "There is no such practice, nor one that is near.\n"
    return "\n".join([first, *rows, ""])


def near(wanted: str, practices: list[Practice]) -> list[Practice]:
    """Find practices by words that are nearly theirs, three at most."""
    words: dict[str, Practice] = {}
    for practice in practices:
        for text in (
            *practice["symptoms"], practice["title"], practice["id"],
        ):  # fmt: skip
            words[text.lower()] = practice
    close = get_close_matches(wanted.lower(), words, n=9, cutoff=0.3)
    found = {words[text]["id"]: words[text] for text in close}
    return [*found.values()][:3]


def main(files: list[str]) -> None:
    """Read a comment, and print the answer."""
    for name in files:
        known = json.loads(Path(name).read_text(encoding="utf-8"))
        sys.stdout.write(reply(sys.stdin.read(), known["practices"]))


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name.endswith(".json")])
