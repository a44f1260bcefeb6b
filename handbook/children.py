"""Coverage plugin: credit what a child process runs to the test that started it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from coverage import CoveragePlugin

if TYPE_CHECKING:
    from coverage.plugin_support import Plugins
    from coverage.types import TConfigurable

SHARED: Final = "HANDBOOK_FIXTURE"


class ChildContext(CoveragePlugin):
    """Label every line of this process with the test, or the shared fixture.

    The context is static. A dynamic one ends with the frame that began it, and
    so misses what an event loop runs later.
    """

    def __init__(self, label: str) -> None:
        self.label = label

    def configure(self, config: TConfigurable) -> None:
        """Set the context of the whole process."""
        config.set_option("run:context", self.label)


def coverage_init(reg: Plugins, _options: object) -> None:
    """Register in children only: pytest's own process has no test at its start."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    fixture = os.environ.get(SHARED)
    if label := f"fixture:{fixture}" if fixture else test:
        reg.add_configurer(ChildContext(label))
