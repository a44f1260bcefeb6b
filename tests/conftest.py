"""What every test may lean on."""

import os
from pathlib import Path

import pytest

from tests.projects import Project

pytest_plugins = [
    "handbook.plugin",  # named here, so that coverage sees its lines
    "pytester",
    "tests.databases",
    "tests.scraped",
]


def pytest_xdist_auto_num_workers() -> int:
    """Give one worker more than there are cores: tests wait for services, mostly."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Make a small handbook, and stand in its folder."""
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)
