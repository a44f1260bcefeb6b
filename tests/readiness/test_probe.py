"""The probe, on the reference service and on its broken variants."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from snippets.readiness.__main__ import main
from snippets.readiness.checklist.items import PROBE, items
from tests.databases import new_database
from tests.otlp import Collector
from tests.readiness.variants import VARIANTS
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "snippets/orders/readiness.toml"
CLIENTS = '{"a-token-of-the-probe": "probe"}'


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Give the URL of a database with the schema of the service."""
    with (
        new_database() as url,
        Collector() as collector,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        subprocess.run(
            [sys.executable, "-m", "snippets.orders.migrate"],
            env={**os.environ, "DATABASE_URL": url},
            check=True,
        )
        yield url


@contextmanager
def serving(variant: str, url: str) -> Iterator[Service]:
    """Serve a variant of the reference service."""
    with Service(
        "tests.readiness.variants",
        f"{__name__}.database",
        VARIANT=variant,
        DATABASE_URL=url,
        PAYMENTS="http://127.0.0.1:1",
        CLIENTS=CLIENTS,
    ) as service:
        yield service


def found(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run the probe; give its exit code, and what it found of each item."""
    capsys.readouterr()
    code = main(["check", *arguments, "--json"])
    told = capsys.readouterr()
    assert code in {0, 1}, told.err
    report = json.loads(told.out)
    return code, {row["id"]: row for row in report["items"]}


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize("variant", VARIANTS)
def test_each_variant_fails_its_item(
    variant: str,
    database: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The reference service passes every automatic item; a broken one fails exactly its own."""
    wanted, _ = VARIANTS[variant]
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("VARIANT", variant)
    monkeypatch.setenv("DRAIN_SECONDS", "2")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    text = SETTINGS.read_text(encoding="utf-8")
    text = text.replace(
        "python -m snippets.orders", f"{sys.executable} -m tests.readiness.variants"
    )
    (tmp_path / "readiness.toml").write_text(
        text.replace("[dependency]", "[dependency]\nseconds = 5"), encoding="utf-8"
    )
    with serving(variant, database) as service:
        code, rows = found(
            capsys, service.address, "--repo", str(ROOT),
            "--config", str(tmp_path / "readiness.toml"),
        )  # fmt: skip

    statuses = {name: row["status"] for name, row in rows.items()}
    failed = [name for name, status in statuses.items() if status == "fail"]
    assert failed == [wanted] * bool(wanted), [rows[x]["detail"] for x in failed]
    assert code == bool(wanted)
    by_hand = {name for name, item in items().items() if item.by != PROBE}
    assert {n for n, s in statuses.items() if s == "manual"} == by_hand
    alone = {"bounded-labels"} if variant == "has no metrics" else set()
    assert {n for n, s in statuses.items() if s == "not applicable"} == alone
