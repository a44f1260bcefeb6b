"""What the probe says of copies with one habit each."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from snippets.readiness.probe.findings import Finding, Findings, Status, judge
from snippets.readiness.probe.repository import (
    alert_rules,
    dashboards,
    runbook,
    trusting,
)
from snippets.readiness.probe.running import look_inside, without
from snippets.readiness.probe.settings import (
    Request,
    Settings,
    SettingsError,
    Start,
)
from snippets.readiness.probe.shutting_down import shutdown
from snippets.readiness.probe.starting import StartError

RUNBOOK = Path(__file__).parents[2] / "snippets/orders/runbook.md"


def told(
    habit: str, request: Request | None = None, grace: float = 30, seconds: float = 20
) -> Settings:
    """Tell the probe of a service with a habit."""
    return Settings(
        start=Start(
            command=f"{sys.executable} -m tests.readiness.odd",
            environment={"HABIT": habit},
            without={"GONE": "1"},
            grace=grace,
            seconds=seconds,
        ),
        request=request,
    )


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("habit", "grace", "fault"),
    [
        ("stays", 0.2, "it goes on 0.2 s after SIGTERM"),
        ("stumbles", 30, "it ends with 7"),
        ("", 30, ""),
    ],
)
def test_the_end_of_a_copy(habit: str, grace: float, fault: str) -> None:
    """A copy that ignores SIGTERM, or ends with an error, has no graceful shutdown."""
    seen = "ended with -15; a request half sent was not tried: name one with a body"

    found = asyncio.run(shutdown(told(habit, grace=grace)))
    assert found == {"graceful-shutdown": judge(fault, seen)}


@pytest.mark.proves("probe-readiness")
def test_a_request_that_is_never_answered() -> None:
    """A copy that keeps the half-sent request to itself has no graceful shutdown."""
    request = Request(method="POST", path="/orders", body={"item": "tea"})

    found = asyncio.run(shutdown(told("stays", request, grace=0.2)))
    assert found["graceful-shutdown"].detail == "it goes on 0.2 s after SIGTERM"

    found = asyncio.run(shutdown(told("", request)))
    fault = "a request that was half sent at SIGTERM is cut"
    assert found["graceful-shutdown"] == judge(fault, "")


@pytest.mark.proves("probe-readiness")
def test_a_request_that_is_turned_away() -> None:
    """A copy that answers the half-sent request with 503 has no graceful shutdown."""
    request = Request(method="POST", path="/orders", body={"item": "tea"})

    found = asyncio.run(shutdown(told("turns away", request)))
    fault = "a request that was half sent at SIGTERM gets 503"
    assert found["graceful-shutdown"] == judge(fault, "")


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("habit", "fault"),
    [
        ("asks", "without GONE, health answers 503"),
        ("needs", "without GONE: the copy ended with 1: no GONE, no service"),
        ("", "ready from the start, though without GONE"),
    ],
)
def test_a_copy_without_its_dependency(habit: str, fault: str) -> None:
    """Without its dependency a copy starts, is alive, and is not ready."""
    found = asyncio.run(without(told(habit)))

    assert found == {"health-endpoints": judge(fault, "")}


@pytest.mark.proves("probe-readiness")
def test_a_copy_that_never_gets_ready() -> None:
    """A copy that answers 503 for ever ends the probe, which says so."""
    with pytest.raises(StartError, match=r"took 4 s: .*503"):
        asyncio.run(look_inside(told("unwell", seconds=4)))


@pytest.mark.proves("probe-readiness")
def test_a_request_that_does_not_succeed() -> None:
    """A request that is refused cannot show anything: the settings are wrong."""
    wrong = "request: GET /orders answers 400: name one that succeeds"
    with pytest.raises(SettingsError, match=wrong):
        asyncio.run(look_inside(told("refuses", Request(path="/orders"))))


@pytest.mark.proves("probe-readiness")
def test_a_request_that_needs_nobody() -> None:
    """A service without a dependency is looked at too, and may need no body."""
    found = asyncio.run(look_inside(told("", Request(path="/orders"))))

    assert found["error-answers"] == Finding(Status.PASSED, "it needs no body")
    assert "timeouts" not in found


@pytest.mark.proves("probe-readiness")
def test_a_token_on_stderr() -> None:
    """A token that a copy writes to stderr without its scheme is in the logs."""
    request = Request(path="/orders", headers={"Authorization": "Bearer a-token"})

    found = asyncio.run(look_inside(told("whispers", request)))
    assert found["secrets"] == judge("a token is in the logs", "")


@pytest.mark.proves("probe-readiness")
def test_what_a_copy_starts_ends_with_it() -> None:
    """A process that a copy has started is ended too: it would keep the probe waiting."""

    async def look() -> Findings:
        async with asyncio.timeout(60):
            return await without(told("forks"))

    fault = "ready from the start, though without GONE"
    assert asyncio.run(look()) == {"health-endpoints": judge(fault, "")}


@pytest.mark.proves("probe-readiness")
def test_each_job_names_its_permissions(tmp_path: Path) -> None:
    """Where the workflow names no permissions each of its jobs must."""
    file = tmp_path / "ci.yml"
    file.write_text("jobs: {a: {permissions: {}}, b: {steps: []}}", encoding="utf-8")
    assert trusting([file]) == judge("ci.yml names no permissions", "")

    file.write_text("jobs: {a: {permissions: {}}}", encoding="utf-8")
    assert trusting([file]).status == "pass"


@pytest.mark.proves("probe-readiness")
def test_a_runbook_without_a_way_back(tmp_path: Path) -> None:
    """A runbook that does not say how to go back is none."""
    file = tmp_path / "runbook.md"
    text = RUNBOOK.read_text(encoding="utf-8")
    assert runbook([RUNBOOK]).status == "pass"

    file.write_text(text.replace("## Roll back", "## Notes"), encoding="utf-8")
    fault = "runbook.md has no heading for the way back"
    assert runbook([file]) == judge(fault, "")


@pytest.mark.proves("probe-readiness")
def test_an_alert_names_its_file(tmp_path: Path) -> None:
    """An alert that lacks something is told with the file that it stands in."""
    file = tmp_path / "rules.yml"
    rule = "groups: [{rules: [{alert: Slow, expr: up}]}]"
    file.write_text(rule, encoding="utf-8")

    fault = "rules.yml: Slow has no severity and no runbook_url"
    assert alert_rules([file]) == judge(fault, "")


@pytest.mark.proves("probe-readiness")
def test_a_row_of_a_dashboard_asks_nothing(tmp_path: Path) -> None:
    """A row and a text need no query, and a panel does."""
    file = tmp_path / "service.json"
    file.write_text('{"panels": [{"type": "row"}, {"type": "text"}]}', encoding="utf-8")
    assert dashboards([file]).status == "pass"

    file.write_text('{"panels": [{"title": "Errors"}]}', encoding="utf-8")
    assert dashboards([file]).detail == "service.json: Errors asks nothing"
