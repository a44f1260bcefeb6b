"""What every test may lean on."""

from pathlib import Path

import pytest

from tests.projects import Project

pytest_plugins = [
    "handbook.plugin",  # named here, so that coverage sees its lines
    "pytester",
    "tests.databases",
    "tests.scraped",
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Make a small handbook, and stand in its folder."""
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)
