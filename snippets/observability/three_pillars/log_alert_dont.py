"""Watch a service by its log alone."""

from collections.abc import Iterable, Mapping


def is_failing(lines: Iterable[Mapping[str, str]]) -> bool:
    """Say whether the last lines of the log hold an error."""
    return any(line["level"] == "error" for line in lines)
