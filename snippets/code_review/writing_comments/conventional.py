"""Read a review comment in the form of Conventional Comments."""

import re
from dataclasses import dataclass
from typing import Final

LABELS: Final = (
    "praise",
    "nitpick",
    "suggestion",
    "issue",
    "todo",
    "question",
    "thought",
    "chore",
    "note",
)
NEVER_BLOCK: Final = ("praise", "nitpick", "thought", "note")
LETS_PASS: Final = {"non-blocking", "if-minor"}  # decorations
FORM: Final = re.compile(
    r"(?P<bold>\*\*)?(?P<label>[a-z]+)"
    r"(?: \((?P<decorations>[^()]+)\))?:(?(bold)\*\*)"
    r" (?P<subject>\S.*)"
)


@dataclass(frozen=True)
class Comment:
    """What a reviewer said, and how much of it must be done.

    Attributes:
        label: The kind of comment, one of `LABELS`.
        decorations: What was said of it, such as `blocking`.
        subject: The comment, in one line.
        discussion: Why, and what to do; may be empty.
    """

    label: str
    decorations: tuple[str, ...]
    subject: str
    discussion: str

    @property
    def blocks(self) -> bool | None:
        """Whether the merge waits for it, or None if nobody can tell."""
        if LETS_PASS & {*self.decorations} or self.label in NEVER_BLOCK:
            return False
        must = "blocking" in self.decorations or self.label == "chore"
        return must or None


def parse(text: str) -> Comment:
    """Read one comment.

    Args:
        text: `label (decoration): subject`, then perhaps an empty line
            and the discussion. The part before the subject may be bold.

    Raises:
        ValueError: It has another form, or contradicts itself.

    Source: https://conventionalcomments.org/
    """
    first, _, rest = text.strip().partition("\n")
    match = FORM.fullmatch(first)
    if not match or match["label"] not in LABELS:
        message = f"begin with one of {', '.join(LABELS)}, and a colon"
        raise ValueError(message)
    said = [x.strip() for x in (match["decorations"] or "").split(",")]
    comment = Comment(
        label=match["label"],
        decorations=tuple(word for word in said if word),
        subject=match["subject"],
        discussion=rest.strip(),
    )
    if comment.blocks is False and "blocking" in comment.decorations:
        others = [
            word for word in comment.decorations if word in LETS_PASS
        ]
        other = (others or [f"a {comment.label}"])[0]
        raise ValueError(f"is it blocking, or {other}?")
    return comment
