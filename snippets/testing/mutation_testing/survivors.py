"""Ask a test suite about every mutant of a module."""

from collections.abc import Callable
from contextlib import suppress
from importlib.abc import InspectLoader
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
    """Say whether a suite notices a mutant, whatever it raises."""
    with suppress(Exception):
        suite(load(mutant.source))
        return False
    return True


class Text(InspectLoader):
    """A loader of a module that is in no file."""

    def __init__(self, source: str) -> None:
        self.source = source

    def get_source(self, _fullname: str) -> str:
        """Give the source, whatever it is called."""
        return self.source


def load(source: str) -> ModuleType:
    """Make a module of its source."""
    module = ModuleType("loaded")
    Text(source).exec_module(module)
    return module
