"""The Prometheus of the chapter: one for each worker of the test run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.prometheus import Prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator

JOBS = {  # replicas of each
    "correlation": 1,
    "labels": 1,
    "metrics": 1,
    "pillars": 1,
    "steady": 1,
    "steady-draft": 1,
    "tail": 1,
    "tail-draft": 1,
    "uneven": 2,
    "workers": 1,
    "workers-dont": 1,
}


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Scrape every job of the chapter, whichever of them are up."""
    with Prometheus(tmp_path_factory.mktemp("prometheus"), JOBS) as started:
        yield started
