"""A test suite is asked whether it would notice a fault."""

from __future__ import annotations

import ast
from typing import Final

import pytest

from snippets.testing.mutation_testing.mutating import mutants, one_a_line

SHAPES: Final = {
    "a < b": ["a <= b"],
    "a <= b": ["a < b"],
    "a > b": ["a >= b"],
    "a >= b": ["a > b"],
    "a == b": ["a != b"],
    "a != b": ["a == b"],
    "a in b": ["a not in b"],
    "a not in b": ["a in b"],
    "a is b": ["a is not b"],
    "a is not b": ["a is b"],
    "a < b < c": [],
    "a + b": ["a - b"],
    "a - b": ["a + b"],
    "a * b": ["a / b"],
    "a / b": ["a * b"],
    "a // b": ["a * b"],
    "a % b": ["a * b"],
    "a ** b": ["a * b"],
    "a @ b": [],
    "a and b": ["a or b"],
    "a or b": ["a and b"],
    "not a": ["a"],
    "-a": [],
    "True": ["False"],
    "7": ["8"],
    "0.5": ["1.5"],
    "'text'": [],
    "None": [],
    "f'{a + b}'": [],
    "a()": ["pass"],
    "a[b] = c": ["pass"],
    "a.b = c": ["pass"],
    "a = c": [],
    "a += b": ["pass"],
    "del a": ["pass"],
    "raise a": ["pass"],
    "import a": [],
    "a: Literal[1] = b": [],
    "def f(a: Literal[1]) -> Literal[2]: return a": ["return None"],
    "def f(): return None": [],
    "def f(): return": [],
    "async def f(): await a": ["pass"],
    "if __name__ == '__main__': a()": [],
    "if TYPE_CHECKING: a()": [],
    "if a: b()": ["pass"],
}


@pytest.mark.parametrize("source", SHAPES)
def test_each_operator_makes_its_fault(source: str) -> None:
    """A relation, a sum, a connective, a number or a deed is another, or is gone."""
    assert SHAPES[source] == [mutant.after for mutant in mutants(source)]


def test_a_mutant_is_the_module_with_one_fault() -> None:
    """All around the fault stays as it was, accents and line ends included."""
    source = 'a = "é", 1 < b\nc = [\n    d\n    and e,\n]\n'
    first, second, third = mutants(source)

    assert (1, "1 < b", 'a = "é", 1 <= b') == (
        first.line,
        first.before,
        first.source.splitlines()[0],
    )
    assert (1, "1", 'a = "é", 2 < b') == (
        second.line,
        second.before,
        second.source.splitlines()[0],
    )
    assert (3, "d\n    and e", "c = [\n    d or e,\n]\n") == (
        third.line,
        third.before,
        third.source.partition("\n")[2],
    )


def test_the_source_is_not_changed() -> None:
    """The tree that a fault is made from stays as it was."""
    source = "a = b + 1 < 2 and not c\n"

    assert all(ast.parse(m.source) for m in mutants(source))
    assert 6 == len({m.source for m in mutants(source)})


def test_one_mutant_a_line_is_chosen_alike_in_each_run() -> None:
    """The choice rests on the text of the line, and on nothing else."""
    line = "a = b + 1 < 2 and not c\n"
    alone = one_a_line(line)
    later = one_a_line(f"x = y\n\n{line}z = 1\n")

    assert [1] == [m.line for m in alone]
    assert [3, 4] == [m.line for m in later]
    assert alone[0].after == later[0].after
    assert 1 < len({one_a_line(f"a{n} = b + 1 < 2")[0].after for n in range(9)})
