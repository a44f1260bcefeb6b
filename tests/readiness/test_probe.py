"""The probe, on the reference service and on its broken variants."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from snippets.readiness.__main__ import main
from snippets.readiness.checklist.items import PROBE, items
from snippets.readiness.probe.check import check
from snippets.readiness.probe.findings import judge
from snippets.readiness.probe.report import Report, as_table, rows
from snippets.readiness.probe.repository import keys, read_repository
from snippets.readiness.probe.settings import Repository, read
from tests.databases import new_database
from tests.otlp import Collector
from tests.readiness.variants import VARIANTS
from tests.services import Service
from tests.site.tools import require
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "snippets/orders/readiness.toml"
MODULE = "tests.readiness.variants"
CLIENTS = '{"a-token-of-the-probe": "probe"}'


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Give the URL of a database with the schema of the service."""
    with new_database() as url:
        subprocess.run(
            [sys.executable, "-m", "snippets.orders.migrate"],
            env={**os.environ, "DATABASE_URL": url},
            check=True,
        )
        yield url


@contextmanager
def serving(variant: str, url: str, collector: str) -> Iterator[Service]:
    """Serve a variant of the reference service."""
    with Service(
        MODULE,
        f"{__name__}.database",
        VARIANT=variant,
        DATABASE_URL=url,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector,
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


def probed(variant: str, url: str, collector: str) -> Report:
    """Run the probe on a variant, as `readiness.toml` says."""
    settings = read(SETTINGS, {"command": f"{sys.executable} -m {MODULE}"})
    assert settings.dependency
    settings.dependency.seconds = 3
    settings.timeout = 20  # this machine is shared by many
    settings.start.environment |= {
        "VARIANT": variant,
        "DATABASE_URL": url,
        "DRAIN_SECONDS": "2" if variant == "waits for ever" else "10",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "COVERAGE_PROCESS_CONFIG": "",  # they start faster
    }
    if variant not in {"the reference service", "always ready"}:
        settings.start.without = {}  # it shows nothing else
    with serving(variant, url, collector) as service:
        ready = f"{service.address}/ready"
        wait_until(lambda: httpx.get(ready).is_success, "ready")  # it stays so
        return asyncio.run(check(service.address, settings, ROOT))


@pytest.fixture(scope="module")
def reports(database: str) -> Iterator[dict[str, Future[Report]]]:
    """Begin with all variants, three at a time: they wait more than they work."""
    with Collector() as collector, ThreadPoolExecutor(3) as pool:
        yield {
            name: pool.submit(probed, name, database, collector.address)
            for name in VARIANTS
        }


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize("variant", VARIANTS)
def test_each_variant_fails_its_item(
    variant: str, reports: dict[str, Future[Report]]
) -> None:
    """The reference service passes every automatic item; a broken one fails exactly its own."""
    report = reports[variant].result(timeout=250)
    wanted, _ = VARIANTS[variant]
    found = {row["id"]: (row["status"], row["detail"]) for row in rows(report)}

    failed = {
        name: detail for name, (status, detail) in found.items() if status == "fail"
    }
    assert [*failed] == [wanted] * bool(wanted), failed
    assert report.failed == bool(wanted)
    by_hand = {name for name, item in items().items() if item.by != PROBE}
    assert {n for n, (status, _) in found.items() if status == "manual"} == by_hand
    alone = {"bounded-labels"} if variant == "has no metrics" else set()
    assert {
        n for n, (status, _) in found.items() if status == "not applicable"
    } == alone


@pytest.mark.proves("probe-readiness")
def test_the_page_counts_what_is_broken() -> None:
    """The page says in how many ways the service and its repository are broken."""
    text = (ROOT / "docs/readiness/probe.md").read_text(encoding="utf-8")
    seen = [name for name, item in items().items() if item.by == PROBE]

    assert (21, 19, 24) == (len(seen), len(VARIANTS) - 1, len(BREAKS))
    assert "passes all twenty-one." in text
    assert "Broken on purpose in nineteen ways" in text
    assert "its repository in twenty-four." in text


KEY = "AKIA" + "ABCDEFGHIJKLMNOP"  # in two parts, or our own scan finds it
PEM = "-----BEGIN " + "PRIVATE KEY-----"
CI = ".github/workflows/ci.yml"
RULES = "snippets/slos/burn_rate_alerts/orders.yml"
DASHBOARD = "snippets/observability/dashboards/service.json"
RUNBOOK = "snippets/orders/runbook.md"
BREAKS = [
    ("alert-rules", RULES, "severity: page, ", ""),
    ("alert-rules", RULES, "runbook_url", "runbook"),
    ("alert-rules", RULES, "- alert: BudgetBurns", "- record: x"),
    ("alert-rules", RULES, "groups:", "groups: ["),
    ("alert-rules", RULES, None, None),
    ("dashboards", DASHBOARD, '"expr"', '"text"'),
    ("dashboards", DASHBOARD, '"panels"', '"rows"'),
    ("dashboards", DASHBOARD, "{", "" ),
    ("dashboards", DASHBOARD, None, None),
    ("security-scan", CI, "--session security", "--session lint"),
    ("security-scan", CI, "run: nox --no-venv --session security",
     "run: nox --no-venv --session security\n        continue-on-error: true"),
    ("workflows", CI, "@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7"),
    ("workflows", CI, "permissions:", "env:"),
    ("dependencies", "locks/site.txt", "==", ">="),
    ("dependencies", "locks/site.txt", "--hash=", "--no-hash="),
    ("dependencies", "locks/site.txt", None, None),
    ("dependencies", ".github/dependabot.yml", None, None),
    ("secrets", "app.py", "", f"KEY = '{KEY}'"),
    ("secrets", "app.py", "", PEM),
    ("secrets", ".env", "", "PASSWORD=x"),
    ("runbook", RUNBOOK, "## Escalation", "## Others"),
    ("runbook", RUNBOOK, "## First steps", "## Notes"),
    ("runbook", RUNBOOK, "## Impact", "## Notes"),
    ("rollback", RUNBOOK, "```", ""),
]  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a small repository in which nothing is wrong."""
    for name in (
        CI,
        ".github/dependabot.yml",
        RULES,
        DASHBOARD,
        RUNBOOK,
        "locks/site.txt",
    ):
        copy = tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    (tmp_path / "app.py").write_text("KEY = os.environ['KEY']", encoding="utf-8")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/.env").write_text("X=1", encoding="utf-8")
    return tmp_path


def settings() -> Repository:
    """Give the settings of the reference service."""
    told = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    return Repository.model_validate(told["repository"])


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(("item", "name", "old", "new"), BREAKS)
def test_each_broken_repository_fails_its_item(
    item: str, name: str, old: str | None, new: str | None, repository: Path
) -> None:
    """A repository passes all its items, and with one thing broken fails exactly that one."""
    whole = {x.status for x in read_repository(repository, settings()).values()}
    assert whole == {"pass"}

    file = repository / name
    if old is None:
        file.unlink()
    else:
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        assert old in text
        file.write_text(
            text.replace(old, str(new)) if old else str(new), encoding="utf-8"
        )

    rows = read_repository(repository, settings()).items()
    assert [(n, x.detail) for n, x in rows if x.status == "fail" and n != item] == []
    assert [n for n, x in rows if x.status == "fail"] == [item]


@pytest.mark.proves("probe-readiness")
def test_a_key_that_git_has(repository: Path) -> None:
    """In a repository of Git only what Git has is looked at, a big file is not."""
    run = partial(subprocess.run, cwd=repository, check=True)
    (repository / "notes.txt").write_text(KEY, encoding="utf-8")
    run(["git", "init", "-q"])
    run(["git", "add", "app.py"])
    assert keys(repository).status == "pass"

    run(["git", "add", "notes.txt"])
    assert keys(repository) == judge("notes.txt: AWS access key", "")

    (repository / "notes.txt").write_text(KEY + "." * 2**20, encoding="utf-8")
    assert keys(repository).status == "pass"


@pytest.mark.proves("probe-readiness")
def test_the_reference_service_is_ready(
    reports: dict[str, Future[Report]], output: Output
) -> None:
    """The report of the reference service, as its reader sees it, without the links."""
    table = as_table(reports["the reference service"].result(timeout=250))
    counted = r"\d+(?= (lines|metrics|samples|errors))"
    counts = [int(x[0]) for x in re.finditer(counted, table)]
    assert len(counts) == 5
    assert min(counts) > 3
    assert max(counts) < 1000
    lines = [x for x in table.splitlines()[1:] if "https://" not in x]
    narrow = [
        textwrap.fill(
            re.sub(counted, "≈ 00", re.sub("^  (\\w+) +", r"\1  ", x)),
            60,
            subsequent_indent=" " * 8,
        )
        for x in lines
    ]
    numbers = map(str, counts)
    text = re.sub("(?<=≈ )00", lambda _: next(numbers), "\n".join(narrow))
    output.check("readiness/probe/orders.out", text.strip())


@pytest.mark.harm("probe-readiness")
def test_a_healthy_first_draft_is_not_ready(
    capsys: pytest.CaptureFixture[str], output: Output
) -> None:
    """A pipeline that asks for `/health` calls a service ready that fails six items."""
    require("curl")
    script = ROOT / "snippets/readiness/probe/ready_dont.sh"
    module = "snippets.readiness.probe.first_dont"
    with Service(module, f"{__name__}.first") as service:
        says = subprocess.run(
            ["sh", str(script), service.address],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        code, rows = found(
            capsys, service.address, "--start", f"{sys.executable} -m {module}"
        )

    failed = [
        f"fail  {x['id']}: {x['detail']}"
        for x in rows.values()
        if x["status"] == "fail"
    ]
    assert (says, code) == ("ready\n", 1)
    assert [line.split()[1] for line in failed] == [
        "health-endpoints:", "error-answers:", "structured-logging:",
        "metrics:", "tracing:", "access:",
    ]  # fmt: skip
    told = "\n".join(
        textwrap.fill(
            re.sub(r":\d{5}", ":PORT", re.sub("[0-9a-f]{32}", "9f2b…", line)),
            60,
            subsequent_indent=" " * 8,
        )
        for line in failed
    )
    output.check(
        "readiness/probe/first_dont.out", f"$ ready_dont.sh $URL\n{says}\n{told}"
    )


@pytest.mark.proves("probe-readiness")
def test_services_of_others(
    prometheus: Prometheus, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prometheus passes what it does, and a file server fails what it does not."""
    _, rows = found(
        capsys, prometheus.address, "--health", "/-/healthy", "--ready", "/-/ready"
    )
    told = {
        name: row["status"] for name, row in rows.items() if row["status"] != "manual"
    }
    assert told == {
        "health-endpoints": "pass",
        "error-answers": "fail",
        "metrics": "pass",
        "bounded-labels": "pass",
        "stack-traces": "pass",
    }

    command = f"{sys.executable} -u -m http.server {{port}} --bind 127.0.0.1"
    with Service("http.server 0 --bind 127.0.0.1", f"{__name__}.files") as files:
        _, rows = found(
            capsys, files.address, "--health", "/", "--ready", "/", "--start", command
        )
    told = {
        name: row["status"] for name, row in rows.items() if row["status"] != "manual"
    }
    assert told == {
        "health-endpoints": "fail",
        "graceful-shutdown": "pass",
        "error-answers": "fail",
        "structured-logging": "fail",
        "metrics": "fail",
        "bounded-labels": "not applicable",
        "tracing": "fail",
        "secrets": "pass",
        "stack-traces": "pass",
    }
