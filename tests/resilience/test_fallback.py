"""A directory of users answers while the service behind it is out, and says so."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from redis import Redis

from snippets.resilience.fallback.last_known import KEPT
from tests.faults import Faulty
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

MODULE = "tests.resilience.directory"
SNIPPETS = Path(__file__).parents[2] / "snippets"
NOWHERE = "redis://127.0.0.1:1"  # nothing listens there, without root
ONE_EACH = httpx.Limits(max_keepalive_connections=0)  # requests to a connection


@pytest.fixture(scope="module")
def faulty() -> Iterator[Faulty]:
    """Start what the directory calls: the users, and the permissions."""
    with Faulty() as server:
        yield server


@pytest.fixture
def behind(faulty: Faulty) -> Faulty:
    """Let it be well again, and count anew."""
    faulty.status, faulty.body, faulty.seen = 200, b'{"name": "Ada"}', 0
    faulty.cuts = False
    return faulty


@pytest.fixture(scope="module")
def running(faulty: Faulty, redis_url: str) -> Iterator[httpx.Client]:
    """Start the directory of the page."""
    with started(MODULE, faulty, redis_url, "running") as client:
        yield client


@pytest.fixture
def directory(running: httpx.Client) -> httpx.Client:
    """Close its circuit, as thirty quiet seconds would."""
    running.post("/quiet").raise_for_status()
    return running


@pytest.fixture(scope="module")
def draft(faulty: Faulty, redis_url: str) -> Iterator[httpx.Client]:
    """Start the directory of a first draft."""
    with started(f"{MODULE} draft", faulty, redis_url, "draft") as client:
        yield client


@contextmanager
def started(
    module: str, behind: Faulty, cache: str, fixture: str, port: str = "0"
) -> Iterator[httpx.Client]:
    """Run a directory in a process of its own; without a fixture the test has it."""
    settings = {
        "CACHE": cache,
        "OTEL_SDK_DISABLED": "true",
        "PERMISSIONS": behind.address,
        "PORT": port,
        "USERS": behind.address,
    }
    with (
        Service(module, fixture and f"{__name__}.{fixture}", **settings) as service,
        httpx.Client(base_url=service.address, limits=ONE_EACH) as client,
    ):
        yield client


def told(answer: httpx.Response) -> dict[str, Any]:
    """Parse an answer."""
    return dict(answer.json())


@pytest.mark.proves("marked-fallback")
def test_a_copy_says_that_it_is_one(
    directory: httpx.Client, behind: Faulty, output: Output
) -> None:
    """While the service is out the last copy is given, marked, with its time."""
    fresh = told(directory.get("/users/7"))
    behind.status = 500
    copies = [told(directory.get("/users/7")) for _ in range(7)]

    assert "fresh" == fresh["quality"]
    assert {"name": "Ada"} == fresh["user"]
    assert [{**fresh, "quality": "fallback"}] * 7 == copies
    assert 1 + 5 == behind.seen  # the last two met an open circuit
    directory.post("/quiet")
    behind.cuts = True
    assert copies[0] == told(directory.get("/users/7"))
    rows = [json.dumps(answer) for answer in (fresh, copies[-1])]
    output.check("resilience/fallback/answers.out", "\n".join(rows))


@pytest.mark.proves("marked-fallback")
def test_without_a_copy_there_is_no_answer(
    directory: httpx.Client, behind: Faulty
) -> None:
    """A user who was never read is not invented: the answer is a 503."""
    behind.status = 500
    answer = directory.get("/users/nobody")

    assert 503 == answer.status_code
    assert "https://errors.example.com/users-unavailable" == told(answer)["type"]


@pytest.mark.proves("marked-fallback")
def test_an_outage_brings_nobody_back(directory: httpx.Client, behind: Faulty) -> None:
    """The copy of a user who was deleted is deleted too."""
    directory.get("/users/left")
    behind.status = 404
    gone = directory.get("/users/left")
    behind.status = 500
    then = directory.get("/users/left")

    assert [404, 503] == [gone.status_code, then.status_code]


@pytest.mark.proves("marked-fallback")
def test_a_stranger_reads_and_deletes_no_other_key(
    directory: httpx.Client, behind: Faulty, redis_url: str
) -> None:
    """A user ID that is the name of another key reaches nothing but copies of users; and these end."""
    with Redis.from_url(redis_url) as cache:
        cache.set("session:ada", '{"token": "secret"}')
        directory.get("/users/7")
        ends = cache.ttl("users:7")
        behind.status = 404
        directory.get("/users/session:ada")
        behind.status = 500
        answer = directory.get("/users/session:ada")

        assert 503 == answer.status_code
        assert cache.exists("session:ada")
    assert 0 < int(str(ends)) <= KEPT


@pytest.mark.proves("marked-fallback")
def test_a_copy_hides_no_fault_of_ours(directory: httpx.Client, behind: Faulty) -> None:
    """When the service refuses our credentials, nobody is answered from copies."""
    directory.get("/users/8")
    behind.status = 401

    assert 500 == directory.get("/users/8").status_code


@pytest.mark.proves("marked-fallback")
def test_a_dead_cache_costs_only_the_fallback(
    behind: Faulty,
) -> None:
    """Without its cache the directory still gives every fresh answer."""
    with started(MODULE, behind, NOWHERE, "") as client:
        fresh = told(client.get("/users/7"))
        behind.status = 404
        gone = client.get("/users/7")
        behind.status = 500
        out = client.get("/users/7")

    assert "fresh" == fresh["quality"]
    assert [404, 503] == [gone.status_code, out.status_code]


@pytest.mark.proves("marked-fallback")
def test_the_quality_falls_while_the_availability_does_not(
    prometheus: Prometheus, behind: Faulty, redis_url: str, output: Output
) -> None:
    """Prometheus sees 100 % available, and three fresh answers of four."""
    (port,) = prometheus.ports("fallback")
    with started(MODULE, behind, redis_url, "", port) as client:
        client.get("/users/7")
        prometheus.wait_for_scrape("fallback")
        for _ in range(15):
            client.get("/users/7")
        behind.status = 500
        for _ in range(5):
            client.get("/users/7")
        prometheus.wait_for_scrape("fallback")
        available = ask(prometheus, "resilience/fallback/available.promql")
        quality = ask(prometheus, "resilience/fallback/quality.promql")

    assert 1 == available
    assert 0.75 == pytest.approx(quality, rel=0.05)
    rows = [f"available: {available:.0%}", f"fresh: ≈ {quality:.0%}"]
    output.check("resilience/fallback/quality.out", "\n".join(rows))


def ask(prometheus: Prometheus, name: str) -> float:
    """Ask a query of the page about this service."""
    query = (SNIPPETS / name).read_text(encoding="utf-8")
    answers = prometheus.query(query)
    return answers[frozenset({("job", "fallback")})]


@pytest.mark.harm("marked-fallback")
def test_a_draft_invents_a_user(
    draft: httpx.Client, behind: Faulty, output: Output
) -> None:
    """An old copy and an invented user look like the truth, and count as success."""
    draft.get("/users/7")
    behind.status = 500
    answers = [draft.get("/users/7"), draft.get("/users/nobody")]

    assert [{"name": "Ada"}, {"id": "nobody"}] == [told(each) for each in answers]
    rows = [f"{each.status_code} {each.text}" for each in answers]
    output.check("resilience/fallback/unmarked_dont.out", "\n".join(rows))


@pytest.mark.proves("fail-closed")
def test_who_may_is_asked_each_time(
    directory: httpx.Client, behind: Faulty, output: Output
) -> None:
    """Only a plain yes opens; no is a 403, and no answer a 503."""
    rows = []
    codes = []
    for said, status, body in (
        ("yes", 200, b'{"allowed": true}'),
        ("no", 200, b'{"allowed": false}'),
        ("a text", 200, b'{"allowed": "true"}'),
        ("nothing", 200, b"{}"),
        ("a page", 200, b"<html>"),
        ("500", 500, b""),
        ("hangs up", 0, b""),
    ):
        behind.status, behind.body, behind.cuts = status, body, not status
        answer = directory.post("/users/7/refunds")
        codes.append(answer.status_code)
        detail = told(answer)["detail"] if answer.is_error else "refunded"
        rows.append(f"{said:<10}{codes[-1]}  {detail}")

    assert [200, 403, 403, 503, 503, 503, 503] == codes
    output.check("resilience/fallback/permissions.out", "\n".join(rows))


@pytest.mark.harm("fail-closed")
def test_a_permission_outlives_its_end(
    draft: httpx.Client, behind: Faulty, output: Output
) -> None:
    """Whoever was allowed once stays allowed for as long as the service is out."""
    rows = []
    for said, status, body in (
        ("allowed", 200, b'{"allowed": true}'),
        ("revoked, and the service is out", 500, b""),
        ("the service is back", 200, b'{"allowed": false}'),
    ):
        behind.status, behind.body = status, body
        rows.append(f"{said:<32}{draft.post('/users/7/refunds').status_code}")

    assert ["200", "200", "403"] == [row[-3:] for row in rows]
    output.check("resilience/fallback/permissions_dont.out", "\n".join(rows))
