"""Alerts meet incidents: on promtool's clock, and on a real Prometheus."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import promql_parser
import pytest
import yaml

from tests.services import Service
from tests.site.tools import require
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

SNIPPETS = Path(__file__).parents[2] / "snippets"
WELL = 'http_requests_total{job="orders", status="200"}'
FAILED = 'http_requests_total{job="orders", status="500"}'
CPU = 'process_cpu_seconds_total{job="orders"}'
UP = 'up{job="orders", instance="a"}'
OTHER = 'up{job="orders", instance="b"}'
BUCKET = 'http_request_duration_seconds_bucket{job="orders", le="0.2"}'
COUNT = 'http_request_duration_seconds_count{job="orders"}'
Series = dict[str, str]
SYMPTOMS: dict[str, Series] = {
    "a tenth of the requests fail": {
        WELL: "0+54x30",
        FAILED: "0+6x30",
        CPU: "0+6x30",
    },
    "a fifth take over 0.2 s": {
        WELL: "0+60x30",
        BUCKET: "0+48x30",
        COUNT: "0+60x30",
        CPU: "0+6x30",
    },
    "a report uses a whole CPU": {
        WELL: "0+60x30",
        BUCKET: "0+60x30",
        COUNT: "0+60x30",
        CPU: "0+57x30",
    },
    "all fail, slowly, for a minute": {
        WELL: "0+60x10 600 660+60x20",
        FAILED: "0x10 60x20",
        BUCKET: "0+60x10 600 660+60x20",
        COUNT: "0+60x30",
    },
    "0.1 % fail, and 5 % are slow": {
        WELL: "0+999x30",
        FAILED: "0+1x30",
        BUCKET: "0+950x30",
        COUNT: "0+1000x30",
    },
}
ABSENCE: dict[str, Series] = {
    "no replica can be reached": {UP: "1x5 0x25", WELL: "0+60x5 stale"},
    "one of two cannot be reached": {UP: "1x30", OTHER: "1x5 0x25", WELL: "0+60x30"},
    "the job is not scraped at all": {},
    "nobody orders, at night": {UP: "1x30", WELL: "60x30"},
}
MOMENTS: dict[str, Series] = {
    "one scrape fails": {UP: "1x10 0 1x18"},
    "the job is not scraped for three minutes": {UP: "1x10 stale _x3 1x14"},
}
CALM = "silent"
PAGE = "pages"


def outcome(rules: str, alert: str, series: Series, folder: Path) -> str:
    """Say what an alert does in half an hour of an incident, by promtool's clock."""
    test = {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": values} for name, values in series.items()
        ],
        "alert_rule_test": [  # promtool objects if it ever fires
            {"alertname": alert, "eval_time": f"{minute}m", "exp_alerts": []}
            for minute in range(30)
        ],
    }
    file = folder / "test.yml"
    config = {"rule_files": [str(SNIPPETS / rules)], "tests": [test]}
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [require("promtool"), "test", "rules", str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    told = done.stdout + done.stderr
    fired = f'alertname="{alert}"' in told
    assert fired != ("SUCCESS" in told), told
    return PAGE if fired else CALM


def table(
    incidents: dict[str, Series], alerts: dict[str, str], folder: Path
) -> dict[str, dict[str, str]]:
    """Give what each alert does in each incident."""
    return {
        incident: {
            alert: outcome(rules, alert, series, folder)
            for alert, rules in alerts.items()
        }
        for incident, series in incidents.items()
    }


def shown(found: dict[str, dict[str, str]]) -> str:
    """Write a table with a row for each incident."""
    wide = max(map(len, found))
    alerts = [*next(iter(found.values()))]
    rows = ["  ".join([" " * wide, *alerts])]
    for incident, did in found.items():
        cells = [did[alert].ljust(len(alert)) for alert in alerts]
        rows.append("  ".join([incident.ljust(wide), *cells]).rstrip())
    return "\n".join(rows)


@pytest.fixture(scope="module")
def symptoms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Let alerts on symptoms, and one on a cause, meet some incidents."""
    alerts = {
        "RequestsFail": "observability/alerting/symptoms.yml",
        "RequestsAreSlow": "observability/alerting/symptoms.yml",
        "CpuIsHigh": "observability/alerting/causes_dont.yml",
    }
    return table(SYMPTOMS, alerts, tmp_path_factory.mktemp("symptoms"))


@pytest.fixture(scope="module")
def absence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Let alerts on what is missing meet four nights."""
    alerts = {
        "ServiceIsAway": "observability/alerting/absence.yml",
        "OrdersAreUnknown": "observability/alerting/absence.yml",
        "NoTraffic": "observability/alerting/absence_dont.yml",
    }
    return table(ABSENCE, alerts, tmp_path_factory.mktemp("absence"))


@pytest.mark.proves("alert-on-symptoms")
def test_only_what_asks_for_a_person_reaches_the_pager() -> None:
    """Every rule of the page goes to the pager, and any other severity, or none, to tickets."""
    routes = "observability/alerting/alertmanager.yml"
    names = (
        "observability/alerting/symptoms.yml",
        "observability/alerting/absence.yml",
    )
    rules = [rule["labels"] for name in names for rule in alerts(name)]
    others = [{"severity": "ticket"}, {"severity": "Page"}, {"alertname": "CpuIsHigh"}]

    assert ["pager"] * 4 == [receiver(routes, labels) for labels in rules]
    assert ["tickets"] * 3 == [receiver(routes, labels) for labels in others]


def receiver(routes: str, labels: dict[str, str]) -> str:
    """Ask Alertmanager's own tool who is told of an alert."""
    words = [f"{name}={value}" for name, value in labels.items()]
    file = f"--config.file={SNIPPETS / routes}"
    command = [require("amtool"), "config", "routes", "test", file, *words]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return told.stdout.strip()


@pytest.mark.proves("alert-on-symptoms")
def test_alerts_on_symptoms_page_when_users_suffer(
    symptoms: dict[str, dict[str, str]],
) -> None:
    """What lasts pages, failures or slowness; a busy CPU, a bad minute and a few do not."""
    "observability/alerting/symptoms.yml"
    pages = [[*row.values()][:2] for row in symptoms.values()]

    assert [[PAGE, CALM], [CALM, PAGE], *[[CALM, CALM]] * 3] == pages


@pytest.mark.harm("alert-on-symptoms")
def test_an_alert_on_the_cpu_pages_for_nothing_and_misses_the_outage(
    symptoms: dict[str, dict[str, str]], output: Output
) -> None:
    """It pages while every request succeeds, and sleeps while a tenth fail."""
    "observability/alerting/causes_dont.yml"
    did = [row["CpuIsHigh"] for row in symptoms.values()]

    assert [CALM, CALM, PAGE, CALM, CALM] == did
    output.check("observability/alerting/causes_dont.out", shown(symptoms))


@pytest.mark.proves("alert-on-symptoms")
def test_whoever_is_paged_knows_what_happened_and_what_to_do() -> None:
    """Every rule that pages has a summary and the address of a runbook."""
    names = (
        "observability/alerting/symptoms.yml",
        "observability/alerting/absence.yml",
    )
    rules = [rule for name in names for rule in alerts(name)]

    assert 4 == len(rules)
    for rule in rules:
        assert {"summary", "runbook_url"} == rule["annotations"].keys()
        assert "page" == rule["labels"]["severity"]
        assert promql_parser.parse(rule["expr"])


def alerts(name: str) -> list[dict[str, Any]]:
    """Read the rules of a file."""
    data = yaml.safe_load((SNIPPETS / name).read_text(encoding="utf-8"))
    return [rule for group in data["groups"] for rule in group["rules"]]


@pytest.mark.proves("alert-on-absence")
def test_a_service_that_is_gone_pages(absence: dict[str, dict[str, str]]) -> None:
    """Every replica down, and a job that nobody scrapes, page; one of two, or a quiet night, does not."""
    "observability/alerting/absence.yml"
    pages = [[*row.values()][:2] for row in absence.values()]

    assert [[PAGE, CALM], [CALM, CALM], [CALM, PAGE], [CALM, CALM]] == pages


@pytest.mark.proves("alert-on-absence")
def test_a_moment_pages_nobody(tmp_path: Path) -> None:
    """One failed scrape, or a job that is away for three minutes, is no outage."""
    rules = "observability/alerting/absence.yml"
    names = {"ServiceIsAway": rules, "OrdersAreUnknown": rules}

    for did in table(MOMENTS, names, tmp_path).values():
        assert {CALM} == {*did.values()}


@pytest.mark.harm("alert-on-absence")
def test_no_traffic_is_not_zero_traffic(
    absence: dict[str, dict[str, str]], output: Output
) -> None:
    """A comparison with 0 has nothing to compare when the service is gone."""
    "observability/alerting/absence_dont.yml"
    did = [row["NoTraffic"] for row in absence.values()]

    assert [CALM, CALM, CALM, PAGE] == did
    output.check("observability/alerting/absence_dont.out", shown(absence))


@pytest.mark.harm("alert-on-absence")
def test_a_ratio_of_nothing_is_no_alert(tmp_path: Path) -> None:
    """The alerts on symptoms, and the one on zero, sleep through both outages."""
    symptoms, zero = (
        "observability/alerting/symptoms.yml",
        "observability/alerting/absence_dont.yml",
    )
    names = {"RequestsFail": symptoms, "RequestsAreSlow": symptoms, "NoTraffic": zero}
    outages = ("no replica can be reached", "the job is not scraped at all")

    for did in table(
        {name: ABSENCE[name] for name in outages}, names, tmp_path
    ).values():
        assert {CALM} == {*did.values()}


@pytest.fixture(scope="module")
def failing(prometheus: Prometheus) -> Iterator[tuple[Prometheus, Service]]:
    """Let a third of the answers of a real service be failures."""
    (port,) = prometheus.ports("alerting")
    module = "snippets.observability.metrics.service"
    limits = httpx.Limits(max_keepalive_connections=0)
    with (
        Service(module, f"{__name__}.failing", PORT=port) as service,
        httpx.Client(base_url=service.address, limits=limits) as client,
    ):
        for orders in (["ord-1", "ord-2"], ["ord-1", "ord-1", "ord-2"] * 5):
            for order in orders:
                client.get(f"/orders/{order}")
            prometheus.wait_for_scrape("alerting")
        yield prometheus, service


def pending(prometheus: Prometheus) -> set[str]:
    """Name the alerts of the service that a real Prometheus has begun to count."""
    return {
        alert["labels"]["alertname"]
        for alert in prometheus.get("/alerts")["alerts"]
        if alert["labels"]["job"] == "alerting"
    }


@pytest.mark.proves("alert-on-symptoms")
@pytest.mark.proves("alert-on-absence")
def test_a_real_prometheus_sees_the_failures_and_then_the_silence(
    failing: tuple[Prometheus, Service],
) -> None:
    """With real failures one alert begins, and with the process gone another."""
    names = (
        "observability/alerting/symptoms.yml",
        "observability/alerting/absence.yml",
    )
    prometheus, service = failing

    assert {Path(name).stem for name in names} <= {
        group["name"] for group in prometheus.get("/rules")["groups"]
    }
    for rule in alerts(names[0]):
        measured, _, _ = rule["expr"].rpartition(">")
        jobs = {dict(labels)["job"] for labels in prometheus.query(measured)}
        assert "alerting" in jobs, f"{rule['alert']} can never fire"
    assert wait_until(lambda: "RequestsFail" in pending(prometheus))
    assert "ServiceIsAway" not in pending(prometheus)
    service.signal(signal.SIGKILL)
    assert wait_until(lambda: "ServiceIsAway" in pending(prometheus))
