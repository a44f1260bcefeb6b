"""Make the mutants of a module: one small fault each."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from snippets.testing.mutation_testing.operators import variants

ARID = (  # nothing runs there, or only text is made
    ast.Import,
    ast.ImportFrom,
    ast.JoinedStr,
)
GUARDS = {"frozen", "strict"}  # they only stop misuse


@dataclass(frozen=True)
class Mutant:
    """One fault in one line of a module.

    Attributes:
        line: Where the fault begins, from 1.
        before: The code that it replaces.
        after: The code that stands there instead.
        source: The whole module with the fault.
    """

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Give every mutant of a module, from its first line to its last.

    Args:
        source: The module; it must parse.
    """
    text = source.splitlines(keepends=True)
    lines = [line.encode() for line in text]
    starts = [sum(map(len, lines[:n])) for n in range(len(lines))]
    whole = b"".join(lines)
    for node in places(ast.parse(source)):
        begin = starts[node.lineno - 1] + node.col_offset
        last = (node.end_lineno or node.lineno) - 1
        end = starts[last] + (node.end_col_offset or 0)
        for fault in variants(node):
            after = ast.unparse(ast.fix_missing_locations(fault))
            made = whole[:begin] + after.encode() + whole[end:]
            before = whole[begin:end].decode()
            yield Mutant(node.lineno, before, after, made.decode())


def one_a_line(source: str) -> list[Mutant]:
    """Choose one mutant for each line that has any.

    The choice looks arbitrary, and is always the same for a line.

    Args:
        source: The module; it must parse.
    """
    found: dict[int, list[Mutant]] = {}
    for mutant in mutants(source):
        found.setdefault(mutant.line, []).append(mutant)
    text = source.splitlines()
    return [
        few[crc32(text[line - 1].encode()) % len(few)]
        for line, few in sorted(found.items())
    ]


def places(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Walk through what runs: no annotation, import or main block."""
    if isinstance(node, ARID) or is_main(node):
        return
    if isinstance(node, ast.keyword) and node.arg in GUARDS:
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    for name, value in ast.iter_fields(node):
        if name not in {"annotation", "returns"}:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from places(child)


def is_main(node: ast.AST) -> bool:
    """Say whether a node is `if __name__ == "__main__":` or alike."""
    guards = ("__name__ == ", "TYPE_CHECKING")
    return isinstance(node, ast.If) and ast.unparse(
        node.test
    ).startswith(guards)
