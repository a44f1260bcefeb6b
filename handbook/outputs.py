"""Compare a real output with the one that a page shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# What differs from run to run, and why it may.
NORMALISERS: Final = (
    # A run has its own time; pages show one that really was.
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)?", "<time>"),
    # Identifiers of traces and spans are drawn at random, by specification.
    (r'(?<=trace_id": ")[0-9a-f]{32}', "<trace>"),
    (r'(?<=trace_id=")[0-9a-f]{32}', "<trace>"),
    (r'(?<=span_id": ")[0-9a-f]{16}', "<span>"),
    # A UUID of version 4 is random, by RFC 9562.
    (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
    # Durations depend on the machine.
    (r'(?<=_ms": )\d+(?:\.\d+)?', "<ms>"),
    # The system gives the port and the process ID.
    (r"(?<=127\.0\.0\.1:)\d+", "<port>"),
    (r'(?<="pid": )\d+', "<pid>"),
    # What stands after ≈ is one run's own figure; the test bounds it.
    (r"≈ ?\d[\d.,]*", "≈"),
)

# The folder of a project or an interpreter is nobody's business: it is cut off.
FOLDER: Final = re.compile(r"(?:/[\w.+-]+)*/(?=snippets/|tests/|site-packages/)")


def normalise(text: str) -> str:
    """Replace what differs from run to run by its name."""
    for pattern, name in NORMALISERS:
        text = re.sub(pattern, name, text)
    return text.strip("\n")


class Output:
    """The outputs and drawings below a folder."""

    def __init__(self, folder: Path, *, update: bool) -> None:
        self.folder = folder
        self.update = update
        self.checked: list[str] = []

    def check(self, name: str, actual: str) -> None:
        """Fail unless a file shows what really happened.

        Args:
            name: The file, `chapter/page/name.out`, or `.svg` for a drawing.
            actual: What the run printed or drew.

        Raises:
            AssertionError: The file says something else; `nox -s update` mends it.
        """
        self.checked.append(name)
        actual = FOLDER.sub("", actual).strip("\n")
        file = self.folder / name
        shown = file.read_text(encoding="utf-8") if file.is_file() else ""
        if normalise(shown) == normalise(actual):
            return
        if self.update:
            file.write_text(actual + "\n", encoding="utf-8")
            return
        message = f"snippets/{name} is not what happened (nox -s update rewrites it):"
        raise AssertionError(f"{message}\n{actual}")
