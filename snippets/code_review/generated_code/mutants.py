# ruff: noqa: S102 # what is executed is our own code
"""Break the code on purpose, and see whether a test notices."""

from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any


def survivors(
    source: str,
    mutants: Iterable[tuple[str, str]],
    test: Callable[[], None],
) -> Iterator[str]:
    """Find the changes that a test does not notice.

    Args:
        source: The module under test.
        mutants: What to replace in it, which stands there once, by
            what.
        test: A function that calls names of the module, and raises
            AssertionError if something is wrong.

    Yields:
        What was put in, each time that the test passed.

    Raises:
        ValueError: What is to be replaced does not stand there once.
        AssertionError: The test fails on the code as it is.
    """
    test()
    for old, new in mutants:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} does not stand there once")
        module: dict[str, Any] = {}
        exec(source.replace(old, new), module)
        names = {**test.__globals__, **module}
        try:
            FunctionType(test.__code__, names)()
        except AssertionError:
            continue
        yield new
