"""Ask promtool which alerts fire, without waiting for them."""

from __future__ import annotations

import re
import subprocess
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from tests.site.tools import require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Values = Sequence[float | None]

HISTORY: Final = 4320  # minutes: the longest window of an alert


def ask(*files: Path) -> list[str]:
    """Run test files in one process, and give what was said of each."""
    done = subprocess.run(
        [require("promtool"), "test", "rules", *map(str, files)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    _, *told = re.split(r"Unit Testing: .*\n", done.stdout)
    assert len(told) == len(files), done.stdout
    return told


def notation(values: Values) -> str:
    """Write samples as promtool reads them, equal steps as one run."""
    return " ".join(tokens(values))


def tokens(values: Values) -> Iterator[str]:
    """Write runs: a value, its step and how often; `_` for no sample."""
    for absent, group in groupby(values, key=lambda value: value is None):
        run = [*group]
        if absent:
            yield f"_x{len(run)}"
            continue
        numbers = [value for value in run if value is not None]
        steps = [after - before for before, after in pairwise(numbers)]
        start = 0
        while start < len(numbers):
            end = start
            while end < len(steps) and steps[end] == steps[start]:
                end += 1
            step = f"{steps[start]:+.10g}x{end - start}" if end > start else ""
            yield f"{numbers[start]:.10g}{step}"
            start = end + 1
