"""The Prometheus of every chapter: one for each worker of the test run."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.prometheus import Prometheus
from tests.site.tools import require

JOBS = {  # replicas of each
    "alerting": 1,
    "burning": 1,
    "correlation": 1,
    "dashboards": 1,
    "fallback": 1,
    "flawless": 1,
    "idle": 1,
    "labels": 1,
    "limited": 1,
    "metrics": 1,
    "mixed": 1,
    "pillars": 1,
    "routed": 1,
    "runbooks": 1,
    "shedding": 1,
    "slis": 2,
    "steady": 1,
    "steady-draft": 1,
    "tail": 1,
    "tail-draft": 1,
    "trouble-errors": 1,
    "trouble-hang": 1,
    "trouble-latency": 1,
    "trouble-release": 1,
    "uneven": 2,
    "workers": 1,
    "workers-dont": 1,
}
SNIPPETS = Path(__file__).parents[1] / "snippets"
SLOW = ["labels"]  # two thousand series
RULES = [
    Path(__file__).with_name("slos") / "quick.yml",
    SNIPPETS / "observability/alerting/absence.yml",
    SNIPPETS / "observability/alerting/symptoms.yml",
]


STARTED = pytest.StashKey[Prometheus]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start it early: it scrapes nothing in its first five seconds."""
    asked = any("prometheus" in getattr(i, "fixturenames", ()) for i in session.items)
    tool = shutil.which("prometheus")
    if asked and tool and not session.config.option.collectonly and is_worker(session):
        folder = Path(tempfile.mkdtemp(prefix="prometheus-"))
        session.config.stash[STARTED] = Prometheus(folder, JOBS, RULES, SLOW)


def is_worker(session: pytest.Session) -> bool:
    """Say whether tests run in this process: they do not in the one that leads."""
    leads = session.config.getoption("numprocesses", default=0)
    return hasattr(session.config, "workerinput") or not leads


@pytest.fixture(scope="session")
def prometheus(pytestconfig: pytest.Config) -> Prometheus:
    """Scrape every job, whichever of them are up."""
    require("prometheus")
    return pytestconfig.stash[STARTED]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End it."""
    if started := config.stash.get(STARTED, None):
        started.close()
