"""Write each page as Markdown that stands alone, for readers that are programs."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from handbook.lists import Lists
from handbook.practices import ID, LEVELS
from handbook.sources import DIRECTIVE, RefusalError, resolve

if TYPE_CHECKING:
    from pathlib import Path

FENCE: Final = re.compile(
    rf"^(?P<indent> *)(?P<fence>`{{3,}})\w+[^\n]*\n *{DIRECTIVE.pattern}\n *(?P=fence)$",
    re.MULTILINE,
)
DOCSTRINGS: Final = re.compile(r"^::: (?P<module>[\w.]+)$", re.MULTILINE)
RULE: Final = re.compile(
    r"^## (?P<title>.+?) *\{(?P<attributes>[^}\n]*)\}$", re.MULTILINE
)
LABEL: Final = re.compile(r'aria-label="(?P<said>[^"]+)"')
TICKS: Final = re.compile(r"`{3,}")


def as_markdown(root: Path, page: str, repo: str, base: str) -> str:
    """Write a page without front matter, its code and its lists put in.

    Links to other pages lead to their Markdown, as in `docs/`.

    Args:
        root: The root of the project.
        page: The page, relative to `docs/`.
        repo: Address of the repository.
        base: Address of the site, with a slash at the end.
    """
    text = (root / "docs" / page).read_text(encoding="utf-8")
    lines = text.split("\n---\n", 1)[1].lstrip("\n").split("\n")
    text = "\n".join(Lists(root, repo, page).write(lines))
    text = FENCE.sub(lambda found: _code(root, repo, found), text)
    text = RULE.sub(lambda found: _heading(base, found), text)
    return DOCSTRINGS.sub(lambda found: _module(repo, found), text)


def _heading(base: str, found: re.Match[str]) -> str:
    """Say below a heading what its attributes say: the level and the short link."""
    level = next((LEVELS[x] for x in LEVELS if f".{x}" in found["attributes"]), "")
    if not level or not (name := ID.search(found["attributes"])):
        return f"## {found['title']}"
    return f"## {found['title']}\n\n{level} · <{base}p/{name[1]}/>"


def _code(root: Path, repo: str, found: re.Match[str]) -> str:
    try:
        embed = resolve(root, found["ref"])
    except RefusalError as refusal:
        return f"{found['indent']}Refused: {refusal}."
    where = f"{repo}/blob/main/{embed.path}"
    if embed.language == "svg":  # its words, without its lines
        label = LABEL.search(embed.text)
        return f"{found['indent']}[{unescape(label['said']) if label else 'Drawing'}]({where})"
    longest = max((len(x) for x in TICKS.findall(embed.text)), default=2)
    fence = "`" * (longest + 1)
    mark = "Don't: " if embed.is_dont else ""
    rows = [f"{fence}{embed.language}", *embed.text.split("\n"), fence]
    rows += ["", f"{mark}[{embed.path.rpartition('/')[2]}]({where})"]
    return "\n".join(f"{found['indent']}{row}".rstrip() for row in rows)


def _module(repo: str, found: re.Match[str]) -> str:
    path = f"{found['module'].replace('.', '/')}.py"
    return f"- [{found['module']}]({repo}/blob/main/{path})"
