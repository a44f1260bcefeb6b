"""The Prometheus of the chapter: one for each worker of the test run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.prometheus import Prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator

JOBS = {  # replicas of each
    "alerting": 1,
    "correlation": 1,
    "dashboards": 1,
    "labels": 1,
    "metrics": 1,
    "mixed": 1,
    "pillars": 1,
    "steady": 1,
    "steady-draft": 1,
    "tail": 1,
    "tail-draft": 1,
    "uneven": 2,
    "workers": 1,
    "workers-dont": 1,
}
SNIPPETS = Path(__file__).parents[2] / "snippets"
RULES = [
    SNIPPETS / "observability/alerting/absence.yml",
    SNIPPETS / "observability/alerting/symptoms.yml",
]


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Scrape every job of the chapter, whichever of them are up."""
    folder = tmp_path_factory.mktemp("prometheus")
    with Prometheus(folder, JOBS, RULES) as started:
        yield started
