# ruff: noqa: BLE001, S102 # what a mutant raises was noticed; the code is ours
"""Ask a test suite about every mutant of a module."""

from collections.abc import Callable
from types import ModuleType

from snippets.testing.mutation_testing.mutating import Mutant, mutants


def survivors(
    source: str, suite: Callable[[ModuleType], None]
) -> list[Mutant]:
    """Give the mutants that a suite does not notice.

    Args:
        source: A module, on which the suite passes.
        suite: Tests of it; it raises if one fails.

    Raises:
        AssertionError: The suite fails without a fault.
    """
    suite(load(source))
    return [m for m in mutants(source) if not fails(suite, m)]


def fails(suite: Callable[[ModuleType], None], mutant: Mutant) -> bool:
    """Say whether a suite notices a mutant."""
    try:
        suite(load(mutant.source))
    except Exception:
        return True
    return False


def load(source: str) -> ModuleType:
    """Make a module of its source."""
    module = ModuleType("loaded")
    exec(compile(source, "loaded", "exec"), module.__dict__)
    return module
