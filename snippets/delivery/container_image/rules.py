"""What a linter lets through in a Dockerfile."""

import json
import re
from collections.abc import Iterator

STARTS = {"CMD", "ENTRYPOINT"}
SHELL = re.compile(r'\[ *"[^"]*sh", *"-\w*c", *"(?!exec )')
ALL = {".", "./", "*"}


def faults(dockerfile: str) -> Iterator[str]:
    """Find what makes an image run as root, as a shell, or as it likes.

    Args:
        dockerfile: Its text, without `ONBUILD` and here-documents.

    Yields:
        A line for each fault.
    """
    user, stages = "root", {"scratch"}
    for name, words in instructions(dockerfile):
        if name == "FROM":
            user = "root"
            base, *named = re.split(" AS ", words, flags=re.IGNORECASE)
            if base not in stages and "@sha256:" not in base:
                yield f"FROM {base}: a tag, which may be another image"
            stages |= {*named}
        elif name == "USER":
            user = words.partition(":")[0]
        elif name in STARTS and not hands_over(words):
            yield f"{name} {words}: a shell gets the signals"
        elif name in {"COPY", "ADD"} and ALL & copied(words):
            yield f"{name} {words}: whatever lies in the folder"
    if not user.isdecimal() or not int(user):
        yield f"USER is {user}: a number above 0 is nobody's"


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Give each instruction with its words, on one line."""
    whole = re.sub(r"\\\n", " ", dockerfile)
    for line in filter(str.strip, whole.splitlines()):
        name, *words = line.split()
        if words and not name.startswith("#"):
            yield name.upper(), " ".join(words)


def copied(words: str) -> set[str]:
    """Name what is copied out of the folder, not out of a stage."""
    if "--from=" in words:
        return set()
    return {*re.findall(r'[^\s\[\]",]+', words)[:-1]}


def hands_over(words: str) -> bool:
    """Say whether a command is a list, and not one for a shell."""
    try:
        is_list = isinstance(json.loads(words), list)
    except ValueError:
        return False
    return is_list and not SHELL.match(words)
