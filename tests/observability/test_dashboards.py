"""A real Prometheus is asked every query of a dashboard."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import promql_parser
import pytest

from snippets.observability.dashboards.unanswered import queries, unanswered
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

SNIPPETS = Path(__file__).parents[2] / "snippets"
GRAFANA = json.loads(Path(__file__).with_name("grafana.json").read_text("utf-8"))
VARIABLES = {"job": "dashboards", "__rate_interval": "1m"}
FAILS = "Share that fails (A)"
MEAN = "Mean duration (A)"
ONE_EACH = httpx.Limits(max_keepalive_connections=0)


@dataclass
class Board:
    """A Prometheus that has seen a service, first well and then failing."""

    prometheus: Prometheus
    well: float | None


@pytest.fixture(scope="module")
def board(prometheus: Prometheus) -> Iterator[Board]:
    """Let a service answer, then let a quarter of its answers be failures."""
    (port,) = prometheus.ports("dashboards")
    asked = dict(queries(read("observability/dashboards/service.json"), **VARIABLES))
    module = "snippets.observability.metrics.service"
    with (
        Service(module, f"{__name__}.board", PORT=port) as service,
        httpx.Client(base_url=service.address, limits=ONE_EACH) as client,
    ):
        for orders in (["ord-1"], ["ord-1"] * 3):
            order(client, orders)
            prometheus.wait_for_scrape("dashboards")
        well = prometheus.value(asked[FAILS])
        order(client, ["ord-1"] * 6 + ["ord-2"] * 3)
        prometheus.wait_for_scrape("dashboards")
        yield Board(prometheus, well)


def order(client: httpx.Client, orders: list[str]) -> None:
    """Read some orders."""
    for name in orders:
        client.get(f"/orders/{name}")


def read(name: str) -> dict[str, Any]:
    """Read a dashboard."""
    text = (SNIPPETS / name).read_text(encoding="utf-8")
    return dict(json.loads(text))


@pytest.mark.proves("tested-dashboard")
def test_prometheus_has_an_answer_to_every_panel(board: Board) -> None:
    """Every query of the dashboard is answered with data."""
    asked = [*queries(read("observability/dashboards/service.json"), **VARIABLES)]

    assert 6 == len(asked)
    assert [] == unanswered(board.prometheus.address, asked)


@pytest.mark.proves("tested-dashboard")
def test_the_service_is_among_those_that_one_can_choose(board: Board) -> None:
    """The list behind `$job` is filled, and anew whenever the dashboard is opened."""
    dashboard = read("observability/dashboards/service.json")
    (job,) = [x for x in dashboard["templating"]["list"] if x["type"] == "query"]
    found = re.fullmatch(r"label_values\((\w+), (\w+)\)", job["query"])

    assert found
    offered = board.prometheus.get(f"/label/{found[2]}/values", **{"match[]": found[1]})
    assert VARIABLES[job["name"]] in offered
    assert 1 == job["refresh"]


@pytest.mark.proves("tested-dashboard")
def test_every_query_parses() -> None:
    """A second parser reads every query as well."""
    name = "observability/dashboards/service.json"
    for _, query in queries(read(name), **VARIABLES):
        assert promql_parser.parse(query)


@pytest.mark.proves("tested-dashboard")
def test_grafana_knows_every_field() -> None:
    """The dashboard and its queries obey the schema that Grafana publishes."""
    dashboard = read("observability/dashboards/service.json")
    targets = [x for panel in dashboard["panels"] for x in panel["targets"]]

    jsonschema.validate(dashboard, GRAFANA["dashboard"])
    for target in targets:
        jsonschema.validate(target, GRAFANA["query"])
    assert len(dashboard["panels"]) == len({p["title"] for p in dashboard["panels"]})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**dashboard, "panel": []}, GRAFANA["dashboard"])


@pytest.mark.proves("tested-dashboard")
def test_a_service_that_never_failed_shows_zero(board: Board) -> None:
    """Before the first failure the share that fails is 0, and not empty; then it grows."""
    asked = dict(queries(read("observability/dashboards/service.json"), **VARIABLES))
    failing = board.prometheus.value(asked[FAILS])

    assert 0 == board.well
    assert failing is not None
    assert failing > 0.1


@pytest.mark.proves("tested-dashboard")
def test_a_query_that_cannot_be_parsed_is_an_error(board: Board) -> None:
    """A broken query is not taken for one without data."""
    with pytest.raises(httpx.HTTPStatusError):
        unanswered(board.prometheus.address, [("broken", "sum(")])
    with pytest.raises(KeyError, match="cluster"):
        dict(queries(panels('up{cluster="$cluster"}'), job="a"))


def panels(*queries: str) -> dict[str, Any]:
    """Make a panel of each query, all of the same title."""
    targets = [[{"refId": "A", "expr": query}] for query in queries]
    return {"panels": [{"title": "Up", "targets": target} for target in targets]}


@pytest.mark.proves("tested-dashboard")
def test_no_query_is_overlooked() -> None:
    """Panels of one title are all asked, and those in a folded row; a text has none."""
    text, row = (
        {"title": "Read me"},
        {"title": "More", **panels("up", "up{job='$job'}")},
    )
    dashboard = {"panels": [text, row, *panels("vector(1)")["panels"]]}

    assert [
        ("Up (A)", "up"),
        ("Up (A)", "up{job='a'}"),
        ("Up (A)", "vector(1)"),
    ] == [*queries(dashboard, job="a")]


@pytest.mark.harm("tested-dashboard")
def test_a_metric_that_was_renamed_is_an_empty_panel(
    board: Board, output: Output
) -> None:
    """Prometheus answers a query for a name that nobody exports, with nothing."""
    name = "observability/dashboards/service_dont.json"
    asked = [*queries(read(name), **VARIABLES)]
    (renamed, query), _ = asked
    answer = board.prometheus.get("/query", query=query)

    assert [renamed] == unanswered(board.prometheus.address, asked)
    text = json.dumps({"status": "success", "data": answer})
    output.check("observability/dashboards/service_dont.out", text)


@pytest.fixture(scope="module")
def mixed(prometheus: Prometheus) -> Iterator[Prometheus]:
    """Let a replica answer most requests at once, and keep some waiting."""
    (port,) = prometheus.ports("mixed")
    histogram = "snippets.observability.metrics.http_metrics"
    replica = f"tests.observability.replica {histogram} 0.04:90 1.5:10"
    with Service(replica, f"{__name__}.mixed", PORT=port) as service:
        prometheus.wait_for_scrape("mixed")
        service.signal(signal.SIGUSR1)
        count = 'sum(http_request_duration_seconds_count{job="mixed"})'
        prometheus.wait(f"{count} == 100")
        yield prometheus


@pytest.mark.harm("tested-dashboard")
def test_the_mean_hides_those_who_wait(mixed: Prometheus, output: Output) -> None:
    """A tenth of the requests take 1.5 s, and the mean stays below the promise."""
    variables = {**VARIABLES, "job": "mixed"}
    good = read("observability/dashboards/service.json")
    mean = read("observability/dashboards/service_dont.json")
    asked = dict([*queries(good, **variables), *queries(mean, **variables)])
    shown = (MEAN, "Duration: P50 and P95 (B)", "Share within 0.2 s (A)")
    answers = {name: mixed.value(asked[name]) for name in shown}

    assert 0.186 == pytest.approx(answers[MEAN])
    assert 0.9 == pytest.approx(answers["Share within 0.2 s (A)"])
    assert (answers["Duration: P50 and P95 (B)"] or 0) > 1
    rows = [f"{name:<28} {value:.3f}" for name, value in answers.items()]
    output.check("observability/dashboards/mean_dont.out", "\n".join(rows))
