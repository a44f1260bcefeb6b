"""Hold what a level means against what two people can see."""

from dataclasses import dataclass
from typing import Final

UNSEEN: Final = frozenset(
    [
        "appreciates",
        "believes",
        "cares",
        "demonstrates",
        "enjoys",
        "feels",
        "has",
        "is",
        "knows",
        "likes",
        "loves",
        "possesses",
        "recognises",
        "shows",
        "strives",
        "thinks",
        "tries",
        "understands",
        "values",
        "wants",
    ]
)


@dataclass(frozen=True)
class Behaviour:
    """What somebody of a level does.

    Attributes:
        act: What they do, beginning with a verb.
        seen: Where anybody can look it up.
    """

    act: str
    seen: str = ""


def unobservable(behaviour: Behaviour) -> str:
    """Say why two people who watched would not agree, or nothing.

    It knows words, not meanings: what it lets through may still be
    a matter of opinion.
    """
    verb = behaviour.act.lower().split(" ", maxsplit=1)[0]
    if verb in UNSEEN:
        return f"nobody can see that somebody {verb!r}"
    if not verb.endswith("s"):
        return f"{verb!r} is no act: begin with what they do"
    if not behaviour.seen:
        return "where would you look?"
    return ""
