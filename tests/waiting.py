"""Wait until something is so, and never for ever."""

from __future__ import annotations

import os
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = float(os.environ.get("PATIENCE", "30"))  # seconds until what should hold at
# once is a failure; with a fault in the code there is no point in waiting long


def wait_until(condition: Callable[[], Any], name: str = "") -> Any:  # noqa: ANN401 # as it gives
    """Ask until the answer is true, and give it.

    Args:
        condition: What is asked.
        name: What is waited for, for whoever reads the failure.

    Raises:
        AssertionError: It never was.
    """
    end = monotonic() + PATIENCE
    while not (answer := condition()):
        assert monotonic() < end, f"never: {name or condition}"
        sleep(0.01)  # leave the core to what we wait for
    return answer
