"""What the code imports is declared, and not only there by luck."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path


def undeclared(code: Path, requirements: Iterable[str]) -> set[str]:
    """Find the modules that code imports and nobody declared.

    Run it where the lock is installed: it learns there which package
    a module came from.

    Args:
        code: The folder of the code.
        requirements: What is declared, as in `httpx>=0.28`.
    """
    declared = {normal(name) for name in requirements}
    owners = packages_distributions()
    own = {code.name} | {
        path.stem
        for path in code.iterdir()
        if path.suffix == ".py" or path.is_dir()
    }
    return {
        module
        for file in code.rglob("*.py")
        for module in imported(file) - own - sys.stdlib_module_names
        if declared.isdisjoint(map(normal, owners.get(module, ())))
    }


def imported(file: Path) -> set[str]:
    """Name the top-level modules that a file imports."""
    return {name.partition(".")[0] for name in names(file)}


def names(file: Path) -> Iterator[str]:
    """Name the modules that a file imports, its own package left out."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)


def normal(requirement: str) -> str:
    """Give the normalised name of the package that is required."""
    name = re.match(r"[\w.-]*", requirement.strip())
    return re.sub(r"[-_.]+", "-", name[0] if name else "").lower()
