# ruff: noqa: E711, RET505, UP006, UP035, UP045 # the harm
"""Read the last day of a flag, in the style of ten years ago."""

from datetime import date
from typing import Any, Dict, Optional


def last_day(flag: Dict[str, Any]) -> Optional[date]:
    """Read the last day of a flag; nothing if it has none."""
    expires = flag.get("expires")
    if expires == None:
        return None
    else:
        try:
            return date.fromisoformat(str(expires))
        except ValueError:
            return None
