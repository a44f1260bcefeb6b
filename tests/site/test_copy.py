"""What Copy gives runs in an empty file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY
from pytest_examples import CodeExample, EvalExample, find_examples

from handbook.copying import copyable
from handbook.practices import pages
from handbook.sources import DIRECTIVE, resolve
from tests.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client.registry import Collector

REFS = sorted(
    {
        ref
        for page in pages(ROOT)
        for ref in DIRECTIVE.findall(page.read_text(encoding="utf-8"))
    }
)
EMBEDS = [e for ref in REFS if (e := resolve(ROOT, ref)).language == "python"]
NO_FILE = ["D100", "FA102", "INP001"]  # a block is no file, and 3.11 is enough
SOURCES = [str(ROOT / name) for name in ("README.md", "CONTRIBUTING.md")]


@pytest.fixture
def no_metrics() -> Iterator[None]:
    """Begin with none, and forget what a test registers: a name is taken only once."""

    def forget() -> list[Collector]:
        known = [*REGISTRY._collector_to_names]  # noqa: SLF001 # no other list
        for collector in known:
            REGISTRY.unregister(collector)
        return known

    of_others = forget()
    yield
    forget()
    for collector in of_others:
        REGISTRY.register(collector)


@pytest.mark.usefixtures("no_metrics")
@pytest.mark.parametrize("ref", [embed.ref for embed in EMBEDS if not embed.is_dont])
def test_a_copied_block_runs_in_an_empty_file(
    ref: str, eval_example: EvalExample, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each Python block has no undefined name, no unused import, and can be imported."""
    monkeypatch.chdir(tmp_path)
    example = CodeExample.create(copyable(ROOT, resolve(ROOT, ref)) + "\n")
    eval_example.set_config(
        ruff_select=["F", "I"],
        ruff_ignore=NO_FILE,
        target_version="py311",  # type: ignore[arg-type] # ruff knows it
    )
    eval_example.lint_ruff(example)
    eval_example.run(example)

    whole = ref.startswith(
        ("orders/", "readiness/")
    )  # two of its parts may use one name
    assert whole or "snippets." not in example.source


@pytest.mark.parametrize("example", [*find_examples(*SOURCES)], ids=str)
def test_an_example_of_the_contributing_guide_has_no_fault(
    example: CodeExample, eval_example: EvalExample
) -> None:
    """Python shown in README and CONTRIBUTING, which no page checks, has no fault."""
    eval_example.set_config(ruff_select=["F"], ruff_ignore=[*NO_FILE, "F821"])

    eval_example.lint_ruff(example)
