"""Replicas answer in ways that we know, and a real Prometheus says what users got."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snippets.slos.slis.indicators import failed, slow
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

SNIPPETS = Path(__file__).parents[2] / "snippets"
REPLICAS = {  # status:requests:seconds, of each replica
    "slis": ("200:980:0.15", "200:10:0.5 500:6:0.05 503:4:0.05"),
    "flawless": ("200:100:0.05",),
    "limited": ("429:100:0.01",),
    "idle": ("200:0:0 500:0:0",),
}


@pytest.fixture(scope="module")
def counted(prometheus: Prometheus) -> Iterator[Prometheus]:
    """Start every replica, let Prometheus see it idle, then let it count."""
    with ExitStack() as stack:
        replicas = [
            stack.enter_context(
                Service(f"tests.slos.counted {kinds}", f"{__name__}.counted", PORT=port)
            )
            for job, share in REPLICAS.items()
            for port, kinds in zip(prometheus.ports(job), share, strict=True)
        ]
        for job in REPLICAS:
            prometheus.wait_for_scrape(job)
        for replica in replicas:
            replica.signal(signal.SIGUSR1)
        for job, share in REPLICAS.items():
            count = sum(int(kind.split(":")[1]) for s in share for kind in s.split())
            prometheus.wait(f'sum(http_requests_total{{job="{job}"}}) == {count}')
        yield prometheus


def ask(prometheus: Prometheus, name: str, job: str) -> float | None:
    """Give the answer to a query of the page, for one job."""
    query = (SNIPPETS / name).read_text(encoding="utf-8")
    answers = prometheus.query(query).items()
    found = [value for labels, value in answers if ("job", job) in labels]
    assert len(found) <= 1
    return found[0] if found else None


def said(value: float | None) -> str:
    """Write an answer, or that there is none."""
    return "no answer" if value is None else f"{value:.1%}".replace("nan%", "NaN")


@pytest.mark.proves("sli-ratio")
def test_the_share_that_users_got(counted: Prometheus) -> None:
    """Ten of a thousand requests failed on two replicas, and ten were slow: 1 % and 1 %."""
    "slos/slis/availability.promql"
    "slos/slis/fast.promql"
    well = ask(counted, "slos/slis/availability.promql", "slis")
    fast = ask(counted, "slos/slis/fast.promql", "slis")

    assert 0.99 == pytest.approx(well, abs=0.005)
    assert 0.99 == pytest.approx(fast, abs=0.005)
    assert pytest.approx(0.01, abs=0.005) == counted.value(failed("slis", "5m"))
    assert pytest.approx(0.01, abs=0.005) == counted.value(slow("slis", "5m"))
    assert counted.value(slow("slis", "5m", "0.3")) is None  # no such bucket


@pytest.mark.proves("sli-ratio")
def test_a_failure_that_is_fast_counts_as_fast(counted: Prometheus) -> None:
    """All that is slow are the ten slow successes: the ten quick failures count as fast."""
    "slos/slis/fast.promql"
    every = 'sum(http_request_duration_seconds_count{job="slis"})'
    over = f'{every} - sum(http_request_duration_seconds_bucket{{job="slis",le="0.2"}})'

    counted.wait(f"{every} == 1000")

    assert 10 == counted.value(over)


@pytest.mark.harm("sli-ratio")
def test_averages_are_not_what_users_got(counted: Prometheus, output: Output) -> None:
    """An average over replicas says 50 %, one over series 2 %, where users saw 1 %."""
    "slos/slis/average_of_ratios_dont.promql"
    "slos/slis/ratio_of_averages_dont.promql"
    ratios = ask(counted, "slos/slis/average_of_ratios_dont.promql", "slis")
    averages = ask(counted, "slos/slis/ratio_of_averages_dont.promql", "slis")
    true = counted.value(failed("slis", "5m"))

    assert pytest.approx(0.5, abs=0.05) == ratios
    assert pytest.approx(0.02, abs=0.008) == averages
    assert pytest.approx(0.01, abs=0.005) == true
    rows = ["10 of 1,000 requests failed"]
    for label, value in (
        ("ratio of sums", true),
        ("average of ratios", ratios),
        ("ratio of averages", averages),
    ):
        rows.append(f"{label:18} ≈ {said(value)}")
    output.check("slos/slis/averages_dont.out", "\n".join(rows))


@pytest.mark.harm("sli-ratio")
def test_a_service_that_refuses_everybody_is_available(
    counted: Prometheus, output: Output
) -> None:
    """A service that answers nothing but 429 reads 100 %; counted as failures, 0 %."""
    "slos/slis/availability_dont.promql"
    "slos/slis/availability.promql"
    draft = ask(counted, "slos/slis/availability_dont.promql", "limited")
    refused = counted.value(failed("limited", "5m", "5..|429"))

    assert 1 == draft
    assert 1 == ask(counted, "slos/slis/availability.promql", "limited")
    assert 1 == refused
    assert 0 == counted.value(failed("limited", "5m"))
    rows = [
        "100 of 100 requests are answered 429",
        f"not 5xx                {said(draft)}",
        f"neither 5xx nor 429    {said(1 - refused)}",
    ]
    output.check("slos/slis/limited_dont.out", "\n".join(rows))


@pytest.mark.proves("sli-zero")
@pytest.mark.harm("sli-zero")
def test_no_failures_are_zero_and_no_requests_are_unknown(
    counted: Prometheus, output: Output
) -> None:
    """Without `or 0` a flawless service has no error rate; without requests it is NaN; unknown, nothing."""
    "slos/slis/error_rate_dont.promql"
    "slos/slis/availability.promql"
    draft = "slos/slis/error_rate_dont.promql"
    cases = {"flawless": "flawless", "no requests": "idle", "not scraped": "nowhere"}
    found = {
        name: (ask(counted, draft, job), counted.value(failed(job, "5m")))
        for name, job in cases.items()
    }

    assert (None, 0) == found["flawless"]
    assert all(value is not None and isnan(value) for value in found["no requests"])
    assert (None, None) == found["not scraped"]
    assert {} == counted.query(f"{failed('idle', '5m')} > 0")
    available = {
        name: ask(counted, "slos/slis/availability.promql", job)
        for name, job in cases.items()
    }
    assert 1 == available["flawless"]
    assert isnan(available["no requests"] or 0)
    assert available["not scraped"] is None
    rows = [f"{'error rate of a service':24} {'ratio':10} with or 0 *"]
    for name, (first, second) in found.items():
        rows.append(f"{name:24} {said(first):10} {said(second)}")
    output.check("slos/slis/error_rate_dont.out", "\n".join(rows))
