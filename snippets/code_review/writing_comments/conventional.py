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
        if "blocking" in self.decorations:
            return True
        said = {"non-blocking", "if-minor"} & {*self.decorations}
        return False if said or self.label in NEVER_BLOCK else None


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
    others = {"non-blocking", "if-minor"} & {*comment.decorations}
    if comment.blocks and (others or comment.label in NEVER_BLOCK):
        message = (
            f"is it blocking, or {[*others, 'a ' + comment.label][0]}?"
        )
        raise ValueError(message)
    return comment
