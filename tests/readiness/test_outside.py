"""The looks of the probe one by one, at services with one habit each."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from snippets.readiness.probe import outside
from snippets.readiness.probe.asking import Answer, Asker
from snippets.readiness.probe.check import check, look
from snippets.readiness.probe.findings import Finding, Findings, judge
from snippets.readiness.probe.logs import unstructured
from snippets.readiness.probe.outside import (
    access,
    health,
    metrics,
    misshapen,
    stack_traces,
)
from snippets.readiness.probe.settings import Settings
from snippets.readiness.probe.stand_in import StandIn
from tests.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tests.loopback import Request

TEXT = "text/plain; version=0.0.4"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
COUNTED = """\
# TYPE http_requests_total counter
http_requests_total{path="/"} 1
"""
TIMED = """\
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="+Inf"} 1
http_request_duration_seconds_sum 1
http_request_duration_seconds_count 1
"""
Said = tuple[int, str, str]  # status, media type, body


class Habits(Loopback):
    """A service that answers each path in its way, and others with 404.

    Args:
        said: The status, the media type and the body, by path.
    """

    def __init__(self, said: Mapping[str, Said]) -> None:
        self.said = said
        super().__init__()

    def answer(self, request: Request) -> None:
        """Answer as it always does."""
        path = request.path if request.path in self.said else "*"
        status, kind, body = self.said.get(path, (404, "text/plain", ""))
        request.reply(status, body.encode(), {"Content-Type": kind} if kind else {})


def seen(
    said: Mapping[str, Said], looking: Callable[[Asker], Awaitable[Findings | Finding]]
) -> Findings | Finding:
    """Look at a service with these habits."""

    async def run(address: str) -> Findings | Finding:
        async with Asker(address, 5) as service:
            return await looking(service)

    with Habits(said) as habits:
        return asyncio.run(run(habits.address))


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"/health": (200, "", "")}, "/ready answers 404"),
        ({"/ready": (200, "", "")}, "/health answers 404"),
        ({"*": (200, "", "")}, "every path is answered well"),
        ({"/health": (200, "", ""), "/ready": (200, "", "")}, ""),
    ],
)
def test_health_and_readiness(said: Mapping[str, Said], fault: str) -> None:
    """One endpoint alone, or a server that answers anything, is not healthy and ready."""
    found = seen(said, lambda service: health(service, Settings()))

    assert found == judge(fault, "/health and /ready answer")


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(("patience", "fault"), [(5, ""), (0.1, "/ready answers 503")])
def test_a_service_that_is_not_ready_yet(
    patience: float, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readiness may fail for a moment, and not for as long as an answer may take."""
    monkeypatch.setattr(outside, "PAUSE", 0.1)

    class Warming(Habits):
        asked = 0

        def answer(self, request: Request) -> None:
            if request.path == "/ready":
                Warming.asked += 1
                request.reply(200 if Warming.asked > 3 else 503, b"")
            else:
                super().answer(request)

    async def run(address: str) -> Finding:
        async with Asker(address, 5) as service:
            return await health(service, Settings(timeout=patience))

    with Warming({"/health": (200, "", "")}) as warming:
        found = asyncio.run(run(warming.address))

    assert found == judge(fault, "/health and /ready answer")


@pytest.mark.proves("probe-readiness")
def test_one_path_for_both() -> None:
    """A service that gives one path for both has no readiness."""
    settings = Settings(ready="/health")
    said = {"/health": (200, "", "")}

    found = seen(said, lambda service: health(service, settings))
    assert found == judge("health and readiness are one path", "")


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("status", "kind", "body", "fault"),
    [
        (200, TEXT, COUNTED + TIMED, ""),
        (200, OPENMETRICS, COUNTED.replace("_total counter", " counter") + "# EOF\n",
         "no histogram of their durations"),
        (200, TEXT, TIMED, "no counter of requests"),
        (200, TEXT, "", "no counter of requests, no histogram of their durations"),
        (200, "text/html", COUNTED, "/metrics is text/html"),
        (200, "", COUNTED, "/metrics is of no type"),
        (503, TEXT, COUNTED, "/metrics answers 503"),
        (200, OPENMETRICS, TIMED, "/metrics cannot be parsed: Missing # EOF at end"),
        (200, TEXT, "a{b 1", "/metrics cannot be parsed: "),
    ],
)  # fmt: skip
def test_metrics(status: int, kind: str, body: str, fault: str) -> None:
    """Metrics are there, in one of the two formats, and count and time requests."""
    said = {"/metrics": (status, kind, body)}

    found = seen(said, lambda service: metrics(service, Settings()))
    assert isinstance(found, dict)
    assert found["metrics"].status == ("fail" if fault else "pass")
    assert found["metrics"].detail.startswith(fault or "2 metrics")
    readable = not fault.startswith("/metrics")
    assert found["bounded-labels"].status == ("pass" if readable else "not applicable")


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("kind", "body", "fault"),
    [
        ("application/problem+json", '{"title": "Gone", "status": 410}', ""),
        ("application/problem+json; charset=utf-8", '{"title": "Gone"}', ""),
        ("application/json", "{}", "as application/json, without problem details"),
        ("", "", "as nothing, without problem details"),
        ("application/problem+json", "oops", "with no JSON"),
        ("application/problem+json", "[]", "with no title"),
        (
            "application/problem+json",
            '{"title": "Gone", "status": 200}',
            "and says 200",
        ),
    ],
)
def test_the_shape_of_an_error(kind: str, body: str, fault: str) -> None:
    """A problem has its media type, a title, and the status of its answer."""
    answer = Answer("/x", 410, headers({"content-type": kind}), body.encode())

    assert misshapen(answer) == (f"/x answers 410 {fault}" if fault else "")


def headers(given: Mapping[str, str]) -> httpx.Headers:
    """Make headers as they come."""
    return httpx.Headers(given)


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ((200, "application/json", "oops"), "manual"),
        ((200, "application/json", "{}"), "manual"),
        ((404, "application/json", '{"paths": {"/x": {"get": {}}}}'), "manual"),
        (
            (200, "application/json", '{"paths": {"/health": {"get": {}}}}'),
            "not applicable",
        ),
        (
            (200, "application/json", '{"paths": {"/x": {"post": {}}}}'),
            "not applicable",
        ),
        ((200, "application/json", '{"paths": {"/x/{y}": {"get": {}}}}'), "fail"),
    ],
)
def test_who_may_ask(said: Said, wanted: str) -> None:
    """An operation that answers a stranger with anything but a refusal is open."""
    reads = frozenset({"GET"})
    habits = {"/openapi.json": said}

    found = seen(habits, lambda service: access(service, Settings(), reads, "GET"))
    assert isinstance(found, Finding)
    assert found.status == wanted


TRACEBACK = 'Traceback (most recent call last):\n  File "/app/x.py", line 1\nValueError'


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("body", "status", "shown"),
    [
        (TRACEBACK, 500, True),
        (json.dumps({"detail": TRACEBACK}), 500, True),
        ('  File "/app/shop.py", line 12, in pay', 500, True),
        ("goroutine 1 [running]:\nmain.main()", 500, True),
        ("java.lang.Error\n    at com.shop.Pay.run(Pay.java:12)", 500, True),
        ("    at pay (/app/pay.js:12:3)", 500, True),
        ("Look at /orders (it is there)", 404, False),
        (TRACEBACK, 200, False),
    ],
)
def test_stack_traces(body: str, status: int, shown: bool) -> None:  # noqa: FBT001 # a case
    """The traces of Python, Go, Java and JavaScript are known, in text and in JSON."""
    asker = Asker("http://127.0.0.1:1", 1)
    asker.answers.append(Answer("/x", status, headers({}), body.encode()))

    assert stack_traces(asker, "it").status == ("fail" if shown else "pass")


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "nothing on stdout"),
        (['{"ts": 1, "level": "info", "msg": "x"}'], ""),
        (["oops"], "a line is no JSON: oops"),
        (["1"], "a line has no time: 1"),
        (['{"time": 1}'], 'a line has no level: {"time": 1}'),
        (['{"time": 1, "level": 1}'], 'a line has no event: {"time": 1, "level": 1}'),
    ],
)
def test_lines_of_a_log(lines: list[str], fault: str) -> None:
    """A line is an object with a time, a level and an event, under the usual names."""
    assert unstructured(lines) == fault


@pytest.mark.proves("probe-readiness")
def test_a_part_that_does_not_answer() -> None:
    """A part of a service that hangs up fails its own item, and the others are seen."""

    class Half(Habits):
        def answer(self, request: Request) -> None:
            if request.path not in {"/metrics", "/openapi.json"}:
                super().answer(request)

    async def run(address: str) -> dict[str, Finding]:
        async with Asker(address, 5) as service:
            return await look(service, Settings())

    with Half({"/health": (200, "", ""), "/ready": (200, "", "")}) as half:
        found = asyncio.run(run(half.address))

    assert found["health-endpoints"].status == "pass"
    assert "that is no HTTP" in found["metrics"].detail
    assert "that is no HTTP" in found["access"].detail
    assert found["metrics"].status == found["access"].status == "fail"


@pytest.mark.proves("probe-readiness")
def test_a_service_that_calls_nobody() -> None:
    """What needs a dependency is not asked of a service that has none."""
    with Habits({"/health": (200, "", "")}) as habits:
        report = asyncio.run(check(habits.address, Settings(standalone=True), None))

    for item in ("timeouts", "retries", "circuit-breakers", "fallbacks"):
        assert report.findings[item].detail == "it calls no other service"


@pytest.mark.proves("probe-readiness")
def test_less_is_asked_of_a_lower_tier() -> None:
    """At an objective of 95 % nobody asks for a circuit breaker."""
    with Habits({"/health": (200, "", "")}) as habits:
        report = asyncio.run(check(habits.address, Settings(objective=0.95), None))

    assert report.tier == 3
    assert (
        report.findings["circuit-breakers"].detail
        == "asked up to tier 1, this is tier 3"
    )
    assert report.findings["secrets"].status == "manual"


@pytest.mark.proves("probe-readiness")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_the_stand_in_answers_every_method(method: str) -> None:
    """Whatever method a service calls its dependency with, the call is answered and kept."""
    with StandIn({"id": "{uuid}"}) as stand_in:
        answer = httpx.request(method, stand_in.address, headers={"traceparent": "x"})

    assert len(answer.json()["id"]) == 36
    assert [call.traceparent for call in stand_in.calls] == ["x"]


@pytest.mark.proves("probe-readiness")
def test_how_much_the_probe_asks() -> None:
    """Of a service that runs it asks thirteen GETs, and two for each operation that reads."""
    asked: list[str] = []

    class Counting(Habits):
        def answer(self, request: Request) -> None:
            asked.append(request.command)
            super().answer(request)

    paths: dict[str, dict[str, dict[str, str]]] = {
        "/x": {"get": {}, "post": {}},
        "/y": {"get": {}},
        "/z": {"put": {}},
    }
    said = {
        "/health": (200, "", ""),
        "/ready": (200, "", ""),
        "/metrics": (200, TEXT, COUNTED + TIMED),
        "/openapi.json": (200, "application/json", json.dumps({"paths": paths})),
        "/x": (401, "", ""),
        "/y": (403, "", ""),
    }
    with Counting(said) as service:
        report = asyncio.run(check(service.address, Settings(), None))

    assert report.findings["access"] == judge("", "every GET refuses strangers: 2")
    assert ["GET"] * (13 + 2 * 2) == asked
