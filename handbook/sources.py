"""Find the code that an embed names, and what a reader needs to run it."""

from __future__ import annotations
import __future__

import ast
import difflib
import re
import sys
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, TypeAlias

from pymdownx.snippets import SnippetPreprocessor

from handbook.errors import HandbookError

LANGUAGES: Final = {
    ".py": "python",
    ".go": "go",
    ".sh": "bash",
    ".sql": "sql",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".toml": "toml",
    ".json": "json",
    ".promql": "promql",
    ".dockerfile": "dockerfile",
    ".md": "markdown",
    ".out": "text",
}
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


BLOCKS: Final = ("@", "async def ", "class ", "def ", "if ")
FUTURE: Final = tuple(__future__.all_feature_names)


class RefusalError(HandbookError):
    """Code that must not be shown, and the way out."""


@dataclass(frozen=True)
class Embed:
    """A file, or a named part of it, as a page shows it.

    Attributes:
        ref: What the page wrote: a path below `snippets/`, and perhaps `:name`.
        path: The file, relative to the root of the project.
        lines: Numbers of the lines shown, from 1, in order.
        text: The lines shown, without the last newline.
        language: The name that the fence must carry.
    """

    ref: str
    path: str
    lines: tuple[int, ...]
    text: str
    language: str

    @property
    def is_dont(self) -> bool:
        """Whether the file shows what not to do."""
        return Path(self.path).stem.endswith("_dont")


def language_of(path: Path) -> str:
    """Name the language of a snippet, by its suffix.

    Raises:
        RefusalError: No verifier knows the suffix.
    """
    suffix = ".dockerfile" if path.name == "Dockerfile" else path.suffix
    if suffix not in LANGUAGES:
        message = f"no verifier knows {path.name}: use one of {', '.join(LANGUAGES)}"
        raise RefusalError(message)
    return LANGUAGES[suffix]


def resolve(root: Path, ref: str) -> Embed:
    """Find the lines that a reference names.

    Args:
        root: The root of the project.
        ref: `chapter/file.py`, `chapter/file.py:name`, `chapter/file.py:Class.method`
            or, in other languages, `chapter/file.go:section`.

    Raises:
        RefusalError: There is no such file, name or section, or it is empty.
    """
    file, _, name = ref.partition(":")
    base = (root / "snippets").resolve()
    path = (base / file).resolve()
    if not path.is_relative_to(base) or not path.is_file():
        raise RefusalError(f"there is no file snippets/{file}")
    if re.fullmatch(r"[-\d:,]+", name):
        raise RefusalError("line numbers drift: name a function, class or section")
    shown = f"snippets/{file}"
    language = language_of(path)
    source = read(path, shown)
    rows = source.split("\n")
    if language == "python" and name:
        numbers = _symbol_lines(parse(source, shown), name, shown)
    elif name:
        numbers = _section_lines(rows, name, shown)
    else:
        numbers = [n for n, row in enumerate(rows, 1) if not _mark(row)]
    while numbers and not rows[numbers[-1] - 1].strip():
        numbers.pop()
    if not numbers:
        raise RefusalError(f"{ref} is empty")
    text = "\n".join(rows[n - 1] for n in numbers)
    return Embed(ref, shown, tuple(numbers), text, language)


def read(path: Path, shown: str) -> str:
    """Read a text file.

    Raises:
        HandbookError: It is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{shown} is not UTF-8 text: byte {error.start} ends it"
        raise RefusalError(message) from error


def parse(source: str, shown: str) -> ast.Module:
    """Parse Python.

    Raises:
        RefusalError: The file has a syntax error.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise RefusalError(f"{shown}:{error.lineno}: {error.msg}") from error


def sections(text: str) -> list[str]:
    """List the names of the sections that a file opens."""
    found = [mark for row in text.split("\n") if (mark := _mark(row))]
    return [mark["name"] for mark in found if mark["type"] == "start"]


def body_lines(tree: ast.Module) -> set[int]:
    """Number the lines that run only when a function is called."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, functions)
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    }


def packages(root: Path, embed: Embed) -> set[str]:
    """Name the packages that the file of an embed imports."""
    if embed.language != "python":
        return set()
    tree = parse((root / embed.path).read_text(encoding="utf-8"), embed.path)
    nodes = list(ast.walk(tree))
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)]
    return {name.partition(".")[0].replace("_", "-") for name in names}


def copyable(root: Path, embed: Embed) -> str:
    """Give the block with the imports and module names that it uses.

    Names that another snippet defines are copied from there: what a reader
    pastes needs nothing of this project.
    """
    if embed.language != "python":
        return embed.text
    body = parse(embed.text, embed.path).body
    if ":" not in embed.ref and not any(_snippet_of(node) for node in body):
        return embed.text
    hoisted = [node for node in body if _is_hoisted(node)]
    own = [node for node in body if node not in hoisted]
    paste = _Paste(root)
    paste.need(embed.path, {n for node in own for n in _used(node)} - _bound(*own))
    drop = {n for node in hoisted for n in range(node.lineno, _end(node) + 1)}
    rows = enumerate(embed.text.split("\n"), 1)
    text = "\n".join(row for n, row in rows if n not in drop).strip("\n")
    groups = groupby(paste.chunks, key=lambda chunk: chunk.startswith(BLOCKS))
    chunks = [("\n\n\n" if big else "\n").join(group) for big, group in groups]
    parts = [part for part in (paste.head(), *chunks, text) if part]
    joined = parts[0]
    for before, after in pairwise(parts):
        wide = before.startswith(BLOCKS) or after.startswith(BLOCKS)
        joined += ("\n\n\n" if wide else "\n\n") + after
    return joined


class _Paste:
    """The imports and definitions that a block needs, gathered over modules."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.imports: dict[str, dict[str, None]] = {}
        self.chunks: dict[str, None] = {}

    def need(self, path: str, names: set[str]) -> None:
        """Gather what a module says of some names, and what that needs in turn."""
        source = (self.root / path).read_text(encoding="utf-8")
        body = parse(source, path).body
        taken: set[int] = set()
        while fresh := [
            at
            for at, node in enumerate(body)
            if at not in taken and _bound(node) & {*names, *FUTURE}
        ]:
            taken.update(fresh)
            names |= {name for at in fresh for name in _used(body[at])}
        for at in sorted(taken):
            self._take(body[at], names, source)

    def _take(self, node: ast.stmt, names: set[str], source: str) -> None:
        if isinstance(node, ast.ImportFrom) and (other := _snippet_of(node)):
            self.need(other, {a.name for a in node.names if _name(a) in names})
        elif isinstance(node, ast.ImportFrom):
            every = node.module == "__future__"
            wanted = [a for a in node.names if every or _name(a) in names]
            self.imports.setdefault(f"from {node.module} import ", {}).update(
                {ast.unparse(alias): None for alias in wanted}
            )
        elif isinstance(node, ast.Import):
            wanted = [a for a in node.names if _name(a) in names]
            lines = {f"import {ast.unparse(alias)}": {"": None} for alias in wanted}
            self.imports.update(lines)
        else:
            rows = source.split("\n")[_start(node) - 1 : node.end_lineno]
            self.chunks["\n".join(rows)] = None

    def head(self) -> str:
        """Write the imports as a formatter would, each module once."""
        rows = [
            key + ", ".join(sorted(names, key=_order_by_type))
            for key, names in self.imports.items()
        ]
        groups = groupby(sorted(rows, key=_order_of_import), key=_group)
        return "\n\n".join("\n".join(group) for _, group in groups)


def _group(row: str) -> int:
    """Number the section of an import: the future, the standard library, the rest."""
    module = row.split()[1].partition(".")[0]
    return 0 if module == "__future__" else 1 + (module not in sys.stdlib_module_names)


def _order_of_import(row: str) -> tuple[int, bool, str]:
    return _group(row), row.startswith("from "), row.split()[1].lower()


def _order_by_type(name: str) -> tuple[bool, bool, str]:
    return not name.isupper(), not name[:1].isupper(), name


def _is_hoisted(node: ast.stmt) -> bool:
    """Tell whether a statement is an import, or the docstring."""
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, (ast.Import, ast.ImportFrom))


def _name(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _snippet_of(node: ast.stmt) -> str | None:
    module = node.module if isinstance(node, ast.ImportFrom) else None
    if not module or not module.startswith("snippets."):
        return None
    return module.replace(".", "/") + ".py"


def _bound(*nodes: ast.stmt) -> set[str]:
    """Name what statements of a module define."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, Definition):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(_name(alias) for alias in node.names)
        else:
            inner = ast.walk(node)
            names.update(n.id for n in inner if isinstance(n, ast.Name) and _stores(n))
            nested = (n for n in ast.walk(node) if isinstance(n, ast.alias))
            names.update(_name(alias) for alias in nested)
    return names


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _used(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not _stores(n)}


def _start(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(d.lineno for d in decorators)])


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _symbol_lines(tree: ast.Module, name: str, shown: str) -> list[int]:
    """Number the lines of a function, class, method or constant."""
    owner, _, method = name.partition(".")
    node = _find(tree.body, owner, shown)
    if not method:
        return list(range(_start(node), _end(node) + 1))
    if not isinstance(node, ast.ClassDef):
        raise RefusalError(f"{shown} has no class {owner}")
    inner = _find(node.body, method, shown)
    header = range(_start(node), _start(node.body[0]))
    return [*header, *range(_start(inner), _end(inner) + 1)]


def _find(body: list[ast.stmt], name: str, shown: str) -> ast.stmt:
    imports = (ast.Import, ast.ImportFrom)
    hits = [n for n in body if name in _bound(n) and not isinstance(n, imports)]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise RefusalError(f"{shown} defines {name} {len(hits)} times")
    known = sorted(name for node in body for name in _bound(node))
    near = difflib.get_close_matches(name, known, 1)
    hint = f": do you mean {near[0]}?" if near else ""
    raise RefusalError(f"{shown} has no function, class or constant {name}{hint}")


def _mark(row: str) -> re.Match[str] | None:
    return SnippetPreprocessor.RE_SNIPPET_SECTION.match(row) if "8<-" in row else None


def _section_lines(rows: list[str], name: str, shown: str) -> list[int]:
    """Number the lines between two section marks."""
    numbers: list[int] = []
    is_open = False
    for number, row in enumerate(rows, 1):
        mark = _mark(row)
        if mark and mark["name"] == name:
            if mark["type"] == "end":
                return numbers
            is_open = True
        elif is_open and not mark:
            numbers.append(number)
    if is_open:
        raise RefusalError(f"section {name} of {shown} is never closed")
    raise RefusalError(f"{shown} has no section {name}")
