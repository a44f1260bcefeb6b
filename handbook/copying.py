"""What Copy gives: a block with everything that it needs to run."""

from __future__ import annotations
import __future__

import ast
import sys
from collections import defaultdict
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from handbook.sources import (
    Embed,
    RefusalError,
    bound,
    first_line,
    last_line,
    name_of,
    parse,
    stores,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BLOCKS: Final = ("@", "async def ", "class ", "def ", "if ")
WIDTH: Final = 88  # of a line, as formatters count it
FUTURE: Final = tuple(__future__.all_feature_names)


def copyable(root: Path, embed: Embed) -> str:
    """Give the block with the imports and module names that it uses.

    Names that another snippet defines are copied from there: what a reader
    pastes needs nothing of this project. Where two snippets mean different things
    by one name, as in a service that is put together from many, they stay imports.
    """
    if embed.language != "python":
        return embed.text
    body = parse(embed.text, embed.path).body
    if ":" not in embed.ref and not any(_snippet_of(node) for node in body):
        return embed.text
    hoisted = [node for node in body if _is_hoisted(node)]
    own = [node for node in body if node not in hoisted]
    names = {n for node in own for n in _used(node)} - bound(*own)
    paste = _Paste(root)
    paste.need(embed.path, names.copy())
    if paste.is_ambiguous():
        paste = _Paste(root, inline=False)
        paste.need(embed.path, names)
    drop = {n for node in hoisted for n in range(node.lineno, last_line(node) + 1)}
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

    def __init__(self, root: Path, *, inline: bool = True) -> None:
        self.root = root
        self.inline = inline
        self.meanings: defaultdict[str, dict[str, str]] = defaultdict(dict)
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
            if at not in taken and bound(node) & {*names, *FUTURE}
        ]:
            taken.update(fresh)
            names |= {name for at in fresh for name in _used(body[at])}
        for at in sorted(taken):
            self._take(body[at], names, path, source)

    def _take(self, node: ast.stmt, names: set[str], path: str, source: str) -> None:
        other = _snippet_of(node) if self.inline else None
        if isinstance(node, ast.ImportFrom) and other:
            if not (self.root / other).is_file():
                message = f"Copy needs names: import them from {node.module}'s modules"
                raise RefusalError(message)
            self.need(other, {a.name for a in node.names if name_of(a) in names})
        elif isinstance(node, ast.ImportFrom):
            every = node.module == "__future__"
            wanted = [a for a in node.names if every or name_of(a) in names]
            key = f"from {node.module} import "
            asked = {ast.unparse(alias): None for alias in wanted}
            self.imports.setdefault(key, {}).update(asked)
            for alias in wanted:
                self.meanings[name_of(alias)][path] = key + ast.unparse(alias)
        elif isinstance(node, ast.Import):
            wanted = [a for a in node.names if name_of(a) in names]
            lines = {f"import {ast.unparse(alias)}": {"": None} for alias in wanted}
            self.imports.update(lines)
        else:
            rows = source.split("\n")[first_line(node) - 1 : node.end_lineno]
            chunk = "\n".join(rows)
            self.chunks[chunk] = None
            for name in bound(node):
                self.meanings[name][path] = chunk

    def is_ambiguous(self) -> bool:
        """Say whether a name has two meanings: pasted together, one would be lost."""
        return any(len({*each.values()}) > 1 for each in self.meanings.values())

    def head(self) -> str:
        """Write the imports as a formatter would, each module once."""
        rows = [_import(key, names) for key, names in self.imports.items()]
        groups = groupby(sorted(rows, key=_order_of_import), key=_group)
        return "\n\n".join("\n".join(group) for _, group in groups)


def _import(key: str, names: Iterable[str]) -> str:
    """Write one import, over several lines if it is long."""
    ordered = sorted(names, key=_order_by_type)
    row = key + ", ".join(ordered)
    if len(row) <= WIDTH:
        return row
    return f"{key}(\n" + "".join(f"    {name},\n" for name in ordered) + ")"


def _group(row: str) -> int:
    """Number the section of an import: the future, the standard library, the rest."""
    module = row.split()[1].partition(".")[0]
    return 0 if module == "__future__" else 1 + (module not in sys.stdlib_module_names)


def _order_of_import(row: str) -> tuple[int, bool, str]:
    return _group(row), row.startswith("from "), row.split()[1].lower()


def _order_by_type(name: str) -> tuple[bool, bool, str]:
    return not name.isupper(), not name[:1].isupper(), name.lower()


def _is_hoisted(node: ast.stmt) -> bool:
    """Tell whether a statement is an import, or the docstring."""
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, (ast.Import, ast.ImportFrom))


def _snippet_of(node: ast.stmt) -> str | None:
    module = node.module if isinstance(node, ast.ImportFrom) else None
    if not module or not module.startswith("snippets."):
        return None
    return module.replace(".", "/") + ".py"


def _used(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not stores(n)}
