"""Real services, scraped by a real Prometheus, which answers the page's queries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from snippets.observability.metrics.series import series
from tests.services import FreshService, Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

PAGE = "snippets.observability.metrics"
SNIPPETS = Path(__file__).parents[2] / "snippets"
ENDPOINT = "/orders/{order_id}"
ONE_EACH = httpx.Limits(max_keepalive_connections=0)  # requests to a connection


@pytest.fixture(scope="module")
def scraped(prometheus: Prometheus) -> Iterator[Prometheus]:
    """Ask for orders that are there, that are not, and that crash the handler."""
    (port,) = prometheus.ports("metrics")
    with (
        Service(f"{PAGE}.service", f"{__name__}.scraped", PORT=port) as service,
        httpx.Client(base_url=service.address, limits=ONE_EACH) as client,
    ):
        read(client, "ord-1", "ord-9")  # nothing has failed yet
        client.get("/no/such/page")
        prometheus.wait_for_scrape("metrics")
        read(client, *["ord-1"] * 20, *["ord-2"] * 10, *["ord-9"] * 10)
        client.request("BREW", "/orders/ord-1")
        client.get("/no/such/page")
        prometheus.wait_for_scrape("metrics")
        yield prometheus


def read(client: httpx.Client, *orders: str) -> None:
    """Read some orders, one after the other."""
    for order in orders:
        client.get(f"/orders/{order}")


def ask(prometheus: Prometheus, name: str) -> dict[str, float]:
    """Ask a query of the page, and give its values for one service, by endpoint."""
    query = (SNIPPETS / name).read_text(encoding="utf-8")
    return {
        dict(key)["endpoint"]: value
        for key, value in prometheus.query(query).items()
        if dict(key)["job"] == "metrics"
    }


@pytest.mark.proves("red-metrics")
def test_prometheus_answers_rate_errors_and_duration(
    scraped: Prometheus, output: Output
) -> None:
    """A real Prometheus answers all three queries for each route, from the first failure on."""
    rate = ask(scraped, "observability/metrics/rate.promql")
    errors = ask(scraped, "observability/metrics/errors.promql")
    duration = ask(scraped, "observability/metrics/duration.promql")

    assert rate[ENDPOINT] > 0
    assert 0.25 == pytest.approx(errors[ENDPOINT], rel=0.15)
    assert 0 < duration[ENDPOINT] < 5
    assert 0 == errors["unmatched"]
    rows = [f"{'endpoint':<20} {'a second':>9} {'failed':>7} {'P95 in s':>9}"]
    for endpoint in (ENDPOINT, "unmatched"):
        failed = f"≈ {errors[endpoint]:4.2f}"
        row = f"  ≈ {rate[endpoint]:.3f}   {failed}   ≈ {duration[endpoint]:.3f}"
        rows.append(f"{endpoint:<20}{row}")
    output.check("observability/metrics/red.out", "\n".join(rows))


@pytest.mark.proves("red-metrics")
def test_a_crash_is_counted_as_an_answer_of_500(scraped: Prometheus) -> None:
    """A handler that crashes is counted and timed like any other."""
    counter = f'http_requests_total{{job="metrics", method="GET", endpoint="{ENDPOINT}"'

    assert 10 == scraped.value(f'{counter}, status="500"}}')
    assert 11 == scraped.value(f'{counter}, status="404"}}')
    assert 21 == scraped.value(f'{counter}, status="200"}}')
    took = "http_request_duration_seconds_sum"
    seconds = scraped.value(f'sum({took}{{job="metrics", endpoint="{ENDPOINT}"}})')
    assert 0 < (seconds or 0) < 60


@pytest.mark.proves("bounded-labels")
def test_what_a_stranger_sends_makes_no_series(scraped: Prometheus) -> None:
    """An unknown path and an unknown method have one label each, whatever they are."""
    counter = 'http_requests_total{job="metrics"'

    assert 2 == scraped.value(f'sum({counter}, endpoint="unmatched"}})')
    assert 1 == scraped.value(f'sum({counter}, method="_OTHER"}})')


@pytest.fixture(scope="module")
def labelled(prometheus: Prometheus) -> Iterator[Prometheus]:
    """Let a hundred customers read an order each, counted by path and customer."""
    (port,) = prometheus.ports("labels")
    module = "tests.observability.labelled_service"
    with (
        Service(module, f"{__name__}.labelled", PORT=port) as service,
        httpx.Client(base_url=service.address) as client,
    ):
        for number in range(CUSTOMERS):
            user = {"X-User-Id": f"usr-{number}"}
            client.get(f"/orders/ord-{number}", headers=user)
        prometheus.wait_for_scrape("labels")
        yield prometheus


CUSTOMERS = 100
HTTP = 'count({__name__=~"http_request.*", %s})'


@pytest.mark.harm("bounded-labels")
def test_each_customer_makes_twenty_series(
    labelled: Prometheus, scraped: Prometheus, output: Output
) -> None:
    """A hundred customers make 2,000 series; by route they would make fifteen."""
    one_route = f'endpoint="{ENDPOINT}", method="GET", status=~"|200|500"'
    by_route = scraped.value(HTTP % f'job="metrics", {one_route}')
    by_customer = labelled.value(HTTP % 'job="labels", path=~"/orders/.*"')

    assert 2 + series(combinations=1, buckets=10) == by_route
    assert CUSTOMERS * 20 == by_customer
    rows = [
        "100 customers read an order each, and Prometheus keeps",
        f"by route              {by_route:6,.0f} series",
        f"by path and customer  {by_customer:6,.0f} series",
    ]
    output.check("observability/metrics/http_metrics_dont.out", "\n".join(rows))


@pytest.fixture(scope="module")
def routed(prometheus: Prometheus) -> Iterator[Prometheus]:
    """Ask routes that look alike, and one that works on after its answer."""
    (port,) = prometheus.ports("routed")
    module = "tests.observability.routed_service"
    with (
        Service(module, f"{__name__}.routed", PORT=port) as service,
        httpx.Client(base_url=service.address) as client,
    ):
        client.post("/receipts").raise_for_status()
        for path in ("/orders/a", "/users/a", "/shop/items/a"):
            client.get(path).raise_for_status()
        prometheus.wait('http_request_duration_seconds_count{endpoint="/receipts"}')
        yield prometheus


@pytest.mark.proves("bounded-labels")
def test_the_template_is_whole(routed: Prometheus) -> None:
    """The prefix of a router and the path of a mounted application are in the label."""
    found = routed.query('http_requests_total{job="routed", status="200"}')
    endpoints = {dict(labels)["endpoint"] for labels in found}

    assert endpoints >= {"/orders/{name}", "/users/{name}", "/shop/items/{name}"}
    assert "/metrics" not in endpoints


@pytest.mark.proves("red-metrics")
def test_what_is_done_after_the_answer_is_not_timed(routed: Prometheus) -> None:
    """A background task of a second does not make the answer slow."""
    name = "http_request_duration_seconds_sum"
    seconds = routed.value(f'{name}{{job="routed", endpoint="/receipts"}}')

    assert seconds is not None
    assert seconds < 0.9


@pytest.fixture(scope="module")
def lonely(prometheus: Prometheus) -> Iterator[tuple[Prometheus, Load]]:
    """Serve with two workers that know nothing of one another."""
    yield from serve(prometheus, "workers-dont", f"{PAGE}.workers_dont", "lonely")


@pytest.fixture(scope="module")
def sharing(prometheus: Prometheus) -> Iterator[tuple[Prometheus, Load]]:
    """Serve with two workers that share the files of their metrics."""
    yield from serve(prometheus, "workers", f"{PAGE}.workers", "sharing")


class Load:
    """Requests to a service, each on a connection of its own."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, limits=ONE_EACH)
        self.sent = 0

    def send(self, count: int) -> None:
        """Send requests, eight at a time."""
        with ThreadPoolExecutor(8) as pool:
            for answer in pool.map(self.client.get, ["/orders/ord-1"] * count):
                assert answer.is_success
                self.sent += 1

    def counted(self) -> float:
        """Scrape once, and give what the service says that it has answered."""
        families = text_string_to_metric_families(self.client.get("/metrics").text)
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "http_requests_total"
            and sample.labels["endpoint"] == ENDPOINT
        )

    def answers(self) -> set[float]:
        """Scrape twenty times, and give the different answers."""
        return {self.counted() for _ in range(20)}


def serve(
    prometheus: Prometheus, job: str, module: str, fixture: str
) -> Iterator[tuple[Prometheus, Load]]:
    """Serve with two workers, and send both some requests."""
    (port,) = prometheus.ports(job)
    app = f"{PAGE}.service:app"
    name = f"{__name__}.{fixture}"
    with FreshService(f"{module} {app}", name, PORT=port) as service:
        for _ in "ab":
            service.wait_for("startup complete")
        load = Load(service.address)
        with load.client:
            load.send(41)  # an odd number is not halved
            prometheus.wait_for_scrape(job)
            yield prometheus, load


@pytest.mark.proves("scrape-every-worker")
def test_workers_that_share_files_answer_as_one(
    sharing: tuple[Prometheus, Load],
) -> None:
    """Whichever worker is scraped, it gives the requests of both."""
    prometheus, load = sharing
    total = f'sum(http_requests_total{{job="workers", endpoint="{ENDPOINT}"}})'

    assert {load.sent} == load.answers()
    assert load.sent == prometheus.value(total)


@pytest.mark.harm("scrape-every-worker")
def test_one_port_hides_the_other_worker(
    lonely: tuple[Prometheus, Load], output: Output
) -> None:
    """A scrape gives the requests of whichever worker took the connection."""
    prometheus, load = lonely
    total = f'sum(http_requests_total{{job="workers-dont", endpoint="{ENDPOINT}"}})'

    one, other = wait_until(lambda: len(found := load.answers()) == 2 and found)
    assert load.sent == one + other
    assert prometheus.value(total) in {one, other}
    rows = [
        f"requests sent           {load.sent}",
        f"curl, one time        ≈ {max(one, other):.0f}",
        f"curl, another time    ≈ {min(one, other):.0f}",
        f"Prometheus            ≈ {prometheus.value(total):.0f}",
    ]
    output.check("observability/metrics/workers_dont.out", "\n".join(rows))
