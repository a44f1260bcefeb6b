"""What a linter lets through in a Dockerfile."""

import json
import re
from collections.abc import Iterator

STARTS = {"CMD", "ENTRYPOINT"}


def faults(dockerfile: str) -> Iterator[str]:
    """Find what makes an image run as root, as a shell, or as it likes.

    Args:
        dockerfile: Its text, without `ONBUILD` and here-documents.

    Yields:
        A line for each fault.
    """
    user, stages = "root", set[str]()
    for name, words in instructions(dockerfile):
        if name == "FROM":
            user = "root"
            base, *named = words.split(" AS ")
            if base not in stages and "@sha256:" not in base:
                yield f"FROM {base}: a tag, which may be another image"
            stages |= {*named}
        elif name == "USER":
            user = words.partition(":")[0]
        elif name in STARTS and not is_list(words):
            yield f"{name} {words}: a shell gets the signals"
        elif name in {"COPY", "ADD"} and words.startswith(". "):
            yield f"{name} {words}: whatever lies in the folder"
    if not user.isdecimal() or not int(user):
        yield f"USER is {user}: a number above 0 is nobody's"


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Give each instruction with its words, on one line."""
    whole = re.sub(r"\\\n", " ", dockerfile)
    for line in whole.splitlines():
        name, _, words = line.partition(" ")
        if words and not name.startswith("#"):
            yield name.upper(), " ".join(words.split())


def is_list(words: str) -> bool:
    """Say whether a command is in exec form, a list in JSON."""
    try:
        return isinstance(json.loads(words), list)
    except ValueError:
        return False
