"""What a child process runs is credited to the test that started it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import handbook.children


class Registry:
    """Stand in for coverage's own, which cannot be had before it starts."""

    def __init__(self) -> None:
        self.options: dict[str, str] = {}
        self.set_option = self.options.__setitem__

    def add_configurer(self, plugin: Any) -> None:  # noqa: ANN401 # reloaded
        """Let a plugin set the options of this coverage."""
        plugin.configure(self)


@pytest.mark.parametrize(
    ("test", "fixture", "labels"),
    [
        ("tests/a.py::test_b[c d] (call)", "", ["tests/a.py::test_b[c d]"]),
        ("tests/a.py::test_b (setup)", "server", ["fixture:server"]),
        ("", "", []),
    ],
)
def test_a_child_has_the_label_of_its_test_or_fixture(
    monkeypatch: pytest.MonkeyPatch, test: str, fixture: str, labels: list[str]
) -> None:
    """A child is labelled by its test, or by a fixture that shares it; pytest is not."""
    monkeypatch.setenv("PYTEST_CURRENT_TEST", test)
    monkeypatch.setenv("HANDBOOK_FIXTURE", fixture)
    registry: Any = Registry()
    importlib.reload(handbook.children).coverage_init(registry, {})

    assert labels == list(registry.options.values())
