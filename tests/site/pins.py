"""Hold the actions of a workflow against the releases that we have checked."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.site.tools import ROOT, documents, require, shown

ACTIONS = ROOT / ".github" / "actions.toml"


def pins(path: Path) -> Iterator[str]:
    """Hold each `uses:` against our table of releases whose commit we have checked."""
    require("shellcheck")  # without it, actionlint is silent about scripts
    table = tomllib.loads(ACTIONS.read_text("utf-8"))["action"]
    tags = {f"{row['uses']}@{row['sha']}": row["tag"] for row in table}
    expected, seen = sorted(_uses(documents(path))), []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        uses = re.match(r"\s*(?:- +)?uses: +(\S+)(?: +# *(\S+))?", line)
        if not uses or uses[1] not in expected:
            continue
        seen.append(uses[1])
        where = f"{shown(path)}:{number}"
        action = re.sub(r"^([^/]+/[^/@]+)[^@]*", r"\1", uses[1])  # drop a subfolder
        if not re.fullmatch(r"[^@]+@[0-9a-f]{40}", action):
            yield f"{where}: {uses[1]} is not pinned to a full SHA"
        elif action not in tags:
            yield f"{where}: {action} is not in {shown(ACTIONS)}"
        elif uses[2] != tags[action]:
            comment = uses[2] or "nothing"
            yield f"{where}: the comment says {comment}, the SHA is {tags[action]}"
    if sorted(seen) != expected:
        yield f"{shown(path)}: give each `uses:` a line of its own, without quotes"


def _uses(node: object) -> Iterator[str]:
    """Find every `uses:` that names another repository, however deep."""
    if isinstance(node, dict):
        uses = node.get("uses")
        if isinstance(uses, str) and not uses.startswith("./"):
            yield uses
    children = node.values() if isinstance(node, dict) else node
    for child in children if isinstance(children, Iterable) else ():
        yield from () if isinstance(child, str) else _uses(child)
