"""Find the code that an embed names, and what a reader needs to run it."""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
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
    ".diff": "diff",
    ".out": "text",
    ".svg": "svg",
}
COMPARED: Final = (".out", ".svg", ".diff")  # what a test compares with a run
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


DIRECTIVE: Final = re.compile(r'--8<-- "(?P<ref>[^"\s]+)"')
DOWNLOAD: Final = re.compile(
    rf'`{{3,}}.* download="(?P<name>[\w.-]+)".*\n *{DIRECTIVE.pattern}\n'
)
TEMPLATES: Final = "templates"  # the folder of a site that holds what is downloaded
HEADER: Final = re.compile(r"--- (?P<before>\S+)\n\+\+\+ (?P<after>\S+)(?:\n|\Z)")


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
        hint = (
            ": nox -s update writes it from a test" if file.endswith(COMPARED) else ""
        )
        raise RefusalError(f"there is no file snippets/{file}{hint}")
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
        RefusalError: There is no such file, or it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RefusalError(f"{shown} cannot be read: {error.strerror}") from error
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
    """Number the lines that run only when a function is called.

    A method of a protocol, which has a docstring alone, has none.
    """
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, functions) and not _says_only(node.body)
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    }


def _says_only(body: list[ast.stmt]) -> bool:
    """Say whether a function has a docstring or an ellipsis, and nothing to run."""
    match body:
        case [ast.Expr(ast.Constant())]:
            return True
        case _:
            return False


def imported(root: Path, path: str) -> set[str]:
    """Name the files of the project that a Python file imports, and they in turn."""
    found: set[str] = set()
    todo = [path]
    while todo:
        here = todo.pop()
        text = read(root / here, here) if here.endswith(".py") else ""
        names = _modules(parse(text, here))
        files = {f"{name.replace('.', '/')}.py" for name in names}
        if here.endswith(".diff"):
            names = {*sides(read(root / here, here), here)}
            files = {f"snippets/{name.partition(':')[0]}" for name in names}
        fresh = {f for f in files - found if (root / f).is_file()}
        found |= fresh
        todo += fresh
    return {f for f in found if f.startswith(("snippets/", "tests/"))}


def sides(text: str, shown: str) -> tuple[str, str]:
    """Name the two versions that a diff compares, each as an embed names code.

    Args:
        text: The diff, or its first two lines.
        shown: Its path, for the message.

    Raises:
        RefusalError: Its first two lines do not say.
    """
    if not (match := HEADER.match(text)):
        message = (
            f"{shown}:1: begin with the two versions, '--- chapter/file.py:name'"
            " and '+++ chapter/other.py:name'"
        )
        raise RefusalError(message)
    return match["before"], match["after"]


def packages(root: Path, embed: Embed) -> set[str]:
    """Name the packages that the file of an embed imports."""
    if embed.language != "python":
        return set()
    tree = parse((root / embed.path).read_text(encoding="utf-8"), embed.path)
    return {name.partition(".")[0].replace("_", "-") for name in _modules(tree)}


def _modules(tree: ast.Module) -> set[str]:
    """Name every module that a file imports, and what may be one."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {node.module, *inner}
    return names


def name_of(alias: ast.alias) -> str:
    """Give the name that an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def bound(*nodes: ast.stmt) -> set[str]:
    """Name what statements of a module define."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, Definition):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(name_of(alias) for alias in node.names)
        else:
            inner = ast.walk(node)
            names.update(n.id for n in inner if isinstance(n, ast.Name) and stores(n))
            nested = (n for n in ast.walk(node) if isinstance(n, ast.alias))
            names.update(name_of(alias) for alias in nested)
    return names


def stores(node: ast.Name) -> bool:
    """Tell whether a name is being bound, not used."""
    return isinstance(node.ctx, ast.Store)


def first_line(node: ast.stmt) -> int:
    """Give the line where a statement begins, its decorators included."""
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(d.lineno for d in decorators)])


def last_line(node: ast.stmt) -> int:
    """Give the line where a statement ends."""
    return node.end_lineno or node.lineno


def _symbol_lines(tree: ast.Module, name: str, shown: str) -> list[int]:
    """Number the lines of a function, class, method or constant."""
    owner, _, method = name.partition(".")
    node = _find(tree.body, owner, shown)
    if not method:
        return list(range(first_line(node), last_line(node) + 1))
    if not isinstance(node, ast.ClassDef):
        raise RefusalError(f"{shown} has no class {owner}")
    inner = _find(node.body, method, shown)
    header = range(first_line(node), first_line(node.body[0]))
    return [*header, *range(first_line(inner), last_line(inner) + 1)]


def _find(body: list[ast.stmt], name: str, shown: str) -> ast.stmt:
    imports = (ast.Import, ast.ImportFrom)
    hits = [n for n in body if name in bound(n) and not isinstance(n, imports)]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise RefusalError(f"{shown} defines {name} {len(hits)} times")
    known = sorted(name for node in body for name in bound(node))
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
