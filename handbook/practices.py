"""The practices of the handbook, read from its pages."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import yaml

from handbook.errors import HandbookError
from handbook.sources import DIRECTIVE, read

if TYPE_CHECKING:
    from pathlib import Path

PROOFS: Final = "<!-- proofs -->"  # the page that lists them says where
PRACTICES: Final = "<!-- practices -->"
CHANGES: Final = "<!-- changelog -->"
SOURCES: Final = "<!-- sources -->"
NAMED: Final = re.compile(r"^<!-- practices:(?P<ids>[ a-z0-9-]+)-->$")
LEVELS: Final = {"must": "Must", "should": "Should", "may": "May"}
REGISTRY: Final = "handbook/registry.toml"
GONE: Final = ("successor", "why")  # what the registry says of a withdrawn practice
FIELDS: Final = {
    "title": str,
    "description": str,
    "symptoms": list,
    "owner": str,
    "reviewed": date,
}
HEADING: Final = re.compile(r"^## (?P<title>.+?)\s*\{(?P<attributes>[^}]*)\}\s*$")
ID: Final = re.compile(r"#([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?:\s|$)")


@dataclass(frozen=True)
class Practice:
    """One rule, with a permanent ID.

    Attributes:
        id: Kebab-case, unique, never used again.
        title: The rule, as its heading says it.
        level: `must`, `should` or `may`.
        statement: The first paragraph below the heading, in Markdown.
        page: The page, relative to `docs/`.
        line: Where its heading stands, from 1.
        body: The Markdown between its heading and the next.
    """

    id: str
    title: str
    level: str
    statement: str
    page: str
    line: int
    body: str

    @property
    def chapter(self) -> str:
        """The folder that holds its page."""
        return self.page.partition("/")[0]

    @property
    def url(self) -> str:
        """Its address, relative to the root of the site."""
        return f"{url_of(self.page)}#{self.id}"

    @property
    def embeds(self) -> list[str]:
        """The snippets that it shows."""
        found: list[str] = DIRECTIVE.findall(self.body)
        return found

    @property
    def sources(self) -> list[str]:
        """The footnotes that it cites."""
        return re.findall(r"\[\^([\w-]+)\](?!:)", self.body)


def url_of(page: str) -> str:
    """Give the address of a page, relative to the root of the site."""
    folder = page.removesuffix(".md").removesuffix("index")
    return folder if not folder or folder.endswith("/") else f"{folder}/"


def front_matter(file: Path) -> dict[str, Any]:
    """Read the front matter of a page.

    Raises:
        HandbookError: It is not YAML, or a field is missing.
    """
    shown = "/".join(("docs", *file.parts[file.parts.index("docs") + 1 :]))
    text = read(file, shown)
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not match:
        raise HandbookError(
            f"{shown}:1: the page has no front matter: see CONTRIBUTING"
        )
    try:
        fields = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or str(error).split("\n")[0]
        message = f"{shown}:{mark.line + 2 if mark else 1}: broken front matter: {why}"
        raise HandbookError(message) from error
    for field, kind in FIELDS.items():
        if not isinstance(fields, dict) or not isinstance(fields.get(field), kind):
            message = f"{shown}:1: front matter needs {field}, a {kind.__name__}"
            raise HandbookError(message)
    return dict(fields)


def pages(root: Path) -> list[Path]:
    """List the pages, in order of their paths."""
    return sorted((root / "docs").rglob("*.md"))


def chapters(root: Path) -> dict[str, str]:
    """Name the folders of the chapters, and their titles, in the order of `mkdocs.yml`."""
    text = read(root / "mkdocs.yml", "mkdocs.yml")
    sections = re.findall(r"^  - ([^:\n]+):\n +- ([\w-]+)/", text, re.MULTILINE)
    return {folder: title for title, folder in sections}


def read_practices(root: Path) -> list[Practice]:
    """Read every practice of a project.

    Raises:
        HandbookError: A heading is no practice, or an ID stands twice.
    """
    state = tuple((file, file.stat().st_mtime_ns) for file in pages(root))
    return list(_read(root, state).values())


@lru_cache(maxsize=2)
def _read(root: Path, state: tuple[tuple[Path, int], ...]) -> dict[str, Practice]:
    found: dict[str, Practice] = {}
    for file, _changed in state:
        for practice in _of_page(file, file.relative_to(root / "docs").as_posix()):
            if other := found.get(practice.id):
                message = (
                    f"docs/{practice.page}:{practice.line}: practice {practice.id} is"
                    f" already at docs/{other.page}:{other.line}: choose another ID"
                )
                raise HandbookError(message)
            found[practice.id] = practice
    return found


def _of_page(file: Path, page: str) -> list[Practice]:
    rows = file.read_text(encoding="utf-8").split("\n")
    heads = [n for n, row in enumerate(rows) if row.startswith("## ")]
    practices = []
    for start, end in zip(heads, [*heads, len(rows)][1:], strict=True):
        match = HEADING.match(rows[start])
        if match:
            where = f"docs/{page}:{start + 1}"
            body = "\n".join(rows[start + 1 : end]).strip("\n")
            practices.append(_practice(match, page, start + 1, body, where))
    return practices


def _practice(
    match: re.Match[str], page: str, line: int, body: str, where: str
) -> Practice:
    attributes = match["attributes"]
    levels = [level for level in LEVELS if f".{level}" in attributes.split()]
    name = ID.search(attributes)
    if not name or len(levels) != 1:
        message = (
            f"{where}: write the heading as"
            " ## Rule { #permanent-id .must }, .should or .may"
        )
        raise HandbookError(message)
    statement = " ".join(body.split("\n\n", maxsplit=1)[0].split())
    return Practice(name[1], match["title"], levels[0], statement, page, line, body)


def check_named(root: Path) -> None:
    """See that every practice which a page asks for exists.

    Raises:
        HandbookError: One does not.
    """
    known = [practice.id for practice in read_practices(root)]
    for file in pages(root):
        for number, row in enumerate(file.read_text("utf-8").split("\n"), 1):
            asked = match["ids"].split() if (match := NAMED.match(row)) else []
            for name in (name for name in asked if name not in known):
                near = get_close_matches(name, known, 1)
                hint = f"do you mean {near[0]}?" if near else "see All practices"
                where = f"docs/{file.relative_to(root / 'docs').as_posix()}:{number}"
                raise HandbookError(f"{where}: no practice is {name!r}: {hint}")


def registry(root: Path) -> dict[str, dict[str, Any]]:
    """Read every ID that was ever published.

    Raises:
        HandbookError: The registry is not TOML, or an entry is no table.
    """
    try:
        entries = tomllib.loads(read(root / REGISTRY, REGISTRY))
    except tomllib.TOMLDecodeError as error:
        raise HandbookError(f"{REGISTRY}: {error}") from error
    for name, entry in entries.items():
        words = isinstance(entry, dict) and not entry.keys() - {"since", *GONE}
        words = words and all(isinstance(entry.get(key, ""), str) for key in GONE)
        if not words or not ID.fullmatch(f"#{name}"):
            message = (
                f"{REGISTRY}: write [{name}], with since or"
                ' successor = "id" and why = "a sentence"'
            )
            raise HandbookError(message)
    return entries


def check_registry(
    practices: list[Practice], known: dict[str, dict[str, Any]]
) -> list[str]:
    """Say which IDs are new, gone without a successor, or used again."""
    live = {practice.id: practice for practice in practices}
    problems = [
        f"docs/{p.page}:{p.line}: {p.id} is not in {REGISTRY}: add [{p.id}]"
        for p in practices
        if p.id not in known
    ]
    for name, entry in known.items():
        successor = entry.get("successor")
        if name in live and successor:
            problems.append(
                f"{REGISTRY}: {name} was withdrawn, and is never used again"
            )
        elif name not in live and not successor:
            problems.append(
                f"{REGISTRY}: no page has {name}: bring it back, or name its successor"
            )
        elif successor and successor not in live:
            problems.append(f"{REGISTRY}: {name} names {successor}, which no page has")
    return problems
