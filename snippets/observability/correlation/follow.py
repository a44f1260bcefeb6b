"""The lines of one request, whichever service wrote them."""

from collections.abc import Iterable, Mapping
from typing import Any

Line = Mapping[str, Any]


def of_trace(lines: Iterable[Line], trace_id: str) -> list[Line]:
    """Take the lines that were written in a trace."""
    return [line for line in lines if line.get("trace_id") == trace_id]
