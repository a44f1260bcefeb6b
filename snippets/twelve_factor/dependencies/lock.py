# ruff: noqa: S603 # no shell reads what is declared
"""A lock that is out of date is found where it was installed."""

import os
import subprocess
import sys
from collections.abc import Iterable


def stale(requirements: Iterable[str], python: str = "") -> str:
    """Say what is declared, and not installed as declared.

    Args:
        requirements: What is declared, as in `httpx>=0.28`.
        python: The interpreter of an environment that holds the lock
            and nothing else; this one, if none is named.

    Returns:
        What pip misses, or nothing.
    """
    requirements = [*requirements]
    if not requirements:
        return ""
    look = "-m pip --isolated install --dry-run --no-index --quiet"
    found = subprocess.run(
        [python or sys.executable, *look.split(), *requirements],
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stderr if found.returncode else ""
