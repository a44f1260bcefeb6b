"""Replicas observe known latencies, and a real Prometheus says what it makes of them."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

SNIPPETS = Path(__file__).parents[2] / "snippets"
DO = "snippets.observability.metrics.http_metrics"
DONT = "snippets.observability.latency_percentiles.buckets_dont"
STEADY = "0.05:50 0.19:50"
TAIL = "0.05:94 0.45:6"
UNEVEN = ("0.04:980", "0.4:20")
REPLICAS = {  # what each job serves, and its histogram
    "steady": (DO, [STEADY]),
    "steady-draft": (DONT, [STEADY]),
    "tail": (DO, [TAIL]),
    "tail-draft": (DONT, [TAIL]),
    "uneven": (DO, UNEVEN),
}


@pytest.fixture(scope="module")
def observed(prometheus: Prometheus) -> Iterator[Prometheus]:
    """Start every replica, let Prometheus see it idle, then let it observe."""
    with ExitStack() as stack:
        replicas = [
            stack.enter_context(
                Service(
                    f"tests.observability.replica {module} {pairs}",
                    f"{__name__}.observed",
                    PORT=port,
                )
            )
            for job, (module, share) in REPLICAS.items()
            for port, pairs in zip(prometheus.ports(job), share, strict=True)
        ]
        for job in REPLICAS:
            prometheus.wait_for_scrape(job)
        for replica in replicas:
            replica.signal(signal.SIGUSR1)
        for job, (_, share) in REPLICAS.items():
            count = f'sum(http_request_duration_seconds_count{{job="{job}"}})'
            prometheus.wait(f"{count} == {len(latencies(*share))}")
        yield prometheus


def latencies(*replicas: str) -> list[float]:
    """List every latency of some replicas, in seconds, sorted."""
    pairs = [pair.split(":") for share in replicas for pair in share.split()]
    return sorted(float(seconds) for seconds, n in pairs for _ in range(int(n)))


def p95(*replicas: str) -> float:
    """Give the true P95: the smallest that 95 % do not exceed."""
    known = latencies(*replicas)
    return known[ceil(0.95 * len(known)) - 1]


def ask(prometheus: Prometheus, name: str, job: str) -> list[float]:
    """Give every answer to a query of the page, for one job."""
    query = (SNIPPETS / name).read_text(encoding="utf-8")
    answers = prometheus.query(query).items()
    return sorted(value for labels, value in answers if ("job", job) in labels)


@pytest.mark.proves("slo-buckets")
@pytest.mark.parametrize(("job", "within"), [("steady", 1.0), ("tail", 0.94)])
def test_the_share_within_the_objective_is_exact(
    observed: Prometheus, job: str, within: float
) -> None:
    """With a boundary at 0.2 s, Prometheus says exactly how many were faster."""
    name = "observability/latency_percentiles/within_objective.promql"

    assert [pytest.approx(within, abs=1e-9)] == ask(observed, name, job)


@pytest.mark.harm("slo-buckets")
def test_buckets_that_straddle_the_objective_blame_the_wrong_service(
    observed: Prometheus, output: Output
) -> None:
    """Without the boundary the service that holds looks broken, and the other fine."""
    query = "observability/latency_percentiles/p95.promql"
    exact = "observability/latency_percentiles/within_objective.promql"
    read = {job: ask(observed, query, job) for job in REPLICAS}
    (steady,), (tail,) = read["steady-draft"], read["tail-draft"]

    assert p95(STEADY) < 0.2 < steady
    assert tail < 0.2 < p95(TAIL)
    assert [] == ask(observed, exact, "tail-draft")
    rows = [
        f"P95 in seconds           {'true':>6} {'0.1, 0.5':>9} {'0.1, 0.2, 0.5':>14}"
    ]
    for job, label, known in (
        ("steady", "every other takes 0.19 s", STEADY),
        ("tail", "6 of 100 take 0.45 s", TAIL),
    ):
        (good,), (bad,) = read[job], read[f"{job}-draft"]
        rows.append(f"{label:<24} {p95(known):>6.3f} {bad:>9.3f} {good:>14.3f}")
    name = "observability/latency_percentiles/buckets_dont.out"
    output.check(name, "\n".join(rows))


@pytest.mark.proves("sum-before-quantile")
def test_buckets_that_are_added_up_give_the_percentile_of_the_service(
    observed: Prometheus,
) -> None:
    """The percentile of the sum lies in the bucket that holds the true one."""
    name = "observability/latency_percentiles/p95.promql"
    (found,) = ask(observed, name, "uneven")

    assert 0.025 < p95(*UNEVEN) <= found <= 0.05


@pytest.mark.harm("sum-before-quantile")
def test_the_average_of_percentiles_is_far_from_the_percentile(
    observed: Prometheus, output: Output
) -> None:
    """Twenty slow requests of a thousand lift the average above five times the truth."""
    folder = "observability/latency_percentiles"
    (summed,) = ask(observed, f"{folder}/p95.promql", "uneven")
    (average,) = ask(
        observed, "observability/latency_percentiles/p95_average_dont.promql", "uneven"
    )
    each = ask(
        observed,
        "observability/latency_percentiles/p95_per_series_dont.promql",
        "uneven",
    )

    assert average > 5 * p95(*UNEVEN)
    assert 2 == len(each)
    rows = [
        "P95 of 1,000 requests, in seconds",
        f"true                            {p95(*UNEVEN):.3f}",
        f"of the summed buckets           {summed:.3f}",
        f"average of two percentiles      {average:.3f}",
        f"without the sum                 {each[0]:.3f} and {each[1]:.3f}",
    ]
    name = "observability/latency_percentiles/p95_average_dont.out"
    output.check(name, "\n".join(rows))
