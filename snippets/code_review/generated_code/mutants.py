"""Break the code on purpose, and see whether a test notices."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from runpy import run_path
from tempfile import TemporaryDirectory
from types import FunctionType


def survivors(
    code: Path,
    mutants: Iterable[tuple[str, str]],
    test: Callable[[], None],
) -> Iterator[str]:
    """Find the changes that a test does not notice.

    Args:
        code: The module under test; it is left as it is.
        mutants: What to replace in it, which stands there once, by
            what.
        test: A function that calls names of the module, and raises an
            exception if something is wrong.

    Yields:
        What was put in, each time that the test passed.

    Raises:
        ValueError: What is to be replaced does not stand there once.
        Exception: The test fails on the code as it is.
    """
    test()
    source = code.read_text(encoding="utf-8")
    for old, new in mutants:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} does not stand there once")
        with TemporaryDirectory() as folder:
            mutant = Path(folder) / code.name
            mutant.write_text(source.replace(old, new), "utf-8")
            names = {**test.__globals__, **run_path(str(mutant))}
        with suppress(Exception):  # a crash is noticed too
            FunctionType(test.__code__, names)()
            yield new
