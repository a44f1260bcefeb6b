"""A severity comes from what users feel, and from nothing else."""

from __future__ import annotations

import re
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx
import psycopg
import pytest

from snippets.operations.incident_response import by_load_dont
from snippets.operations.incident_response.severity import Impact, Severity, severity
from snippets.orders.alerts import AT_ONCE
from snippets.slos.burn_rate_alerts.windows import PAIRS
from tests.orders.bank import Bank
from tests.orders.shop import kept_books, open_shop, order
from tests.projects import ROOT

if TYPE_CHECKING:
    from handbook.outputs import Output

UPDATE: Final = Path(ROOT, "snippets", "operations/incident_response/status_update.md")
CASES: Final = {
    "every payment fails": Impact(1.0, key_journey=True),
    "half of the payments fail": Impact(0.5, key_journey=True),
    "fewer than half fail": Impact(0.49, key_journey=True),
    "every search fails": Impact(1.0, key_journey=False),
    "burns 14.4 times": Impact(0.0144, key_journey=True),
    "burns 6 times": Impact(0.006, key_journey=True),
    "burns 5 times": Impact(0.005, key_journey=True),
    "one customer saw another's order": Impact(0, key_journey=False, data_at_risk=True),
}


@pytest.mark.proves("severity-by-impact")
def test_each_limit_is_where_the_table_says(output: Output) -> None:
    """Shares, burn rates and data at risk decide, and the worst of them counts."""
    found = {name: severity(impact) for name, impact in CASES.items()}

    assert [1, 1, 2, 2, 2, 3, 4, 1] == list(found.values())
    rows = [f"{name:<34}{rank.name}" for name, rank in found.items()]
    output.check("operations/incident_response/severities.out", "\n".join(rows))


@pytest.mark.proves("severity-by-impact")
def test_the_burn_rate_is_the_share_of_what_is_allowed() -> None:
    """With 99.9 % promised, a share of 0.6 % burns six times too fast."""
    assert 6 == pytest.approx(Impact(0.006, key_journey=True).burn)
    assert Severity.SEV4 == severity(Impact(0.006, key_journey=True, slo=0.99))


@pytest.mark.proves("severity-by-impact")
def test_an_alert_that_pages_is_an_incident() -> None:
    """Where the share is that of an alert that pages, it is SEV-2 for the fast, SEV-3 for the slow."""
    factors = [pair.factor() for pair in PAIRS if pair.severity == "page"]
    shares = [factor * (1 - 0.999) for factor in factors]
    found = [severity(Impact(share, key_journey=True)) for share in shares]

    assert [14.4, 6] == factors
    assert [Severity.SEV2, Severity.SEV3] == found


@pytest.mark.harm("severity-by-impact")
def test_an_outage_leaves_the_machines_idle(output: Output) -> None:
    """While a lock holds every order up, the processor has nothing to do."""
    failed = 0
    with (
        Bank() as bank,
        kept_books() as books,
        open_shop(books, bank) as (service, client),
        psycopg.connect(books.url) as migration,
    ):
        migration.execute("LOCK TABLE orders")
        begun, busy = monotonic(), seconds(service.pid)
        for number in range(3):
            with suppress(httpx.TimeoutException):
                answer = order(client, f"key-{number}", timeout=1)
                failed -= answer.is_success
            failed += 1
        cpu = (seconds(service.pid) - busy) / (monotonic() - begun)
        migration.rollback()
    said = by_load_dont.severity([by_load_dont.Host(cpu, memory=0.3)])
    truth = severity(Impact(failed / 3, key_journey=True))

    assert 3 == failed
    assert (4, Severity.SEV1) == (said, truth)
    rows = [f"{failed} of 3 orders fail", f"by the machines  SEV{said}"]
    rows += [f"by the users     {truth.name}"]
    output.check("operations/incident_response/by_load.out", "\n".join(rows))


def seconds(pid: int) -> float:
    """Give the processor time of a process, in whole seconds."""
    command = ["ps", "-o", "time=", "-p", f"{pid}"]
    told = subprocess.run(command, capture_output=True, check=True, text=True)
    hours, minutes, rest = map(float, re.findall(r"\d+", told.stdout)[-3:])
    return 3600 * hours + 60 * minutes + rest


@pytest.mark.parametrize(
    ("host", "said"), [(0.95, 1), (0.94, 2), (0.85, 2), (0.75, 3), (0.74, 4)]
)
def test_the_machines_say_how_busy_they_are(host: float, said: int) -> None:
    """A severity by the machines ranks the busiest of them, whatever users feel."""
    hosts = [by_load_dont.Host(0.1, 0.1), by_load_dont.Host(0.2, host)]

    assert said == by_load_dont.severity(hosts)


def test_an_update_says_what_the_next_reader_needs() -> None:
    """It has a number, a time in UTC, the time of the next, and three roles."""
    text = UPDATE.read_text(encoding="utf-8")
    heading = text.splitlines()[0]
    told = re.findall(r"\d\d:\d\d", heading)
    roles = dict(re.findall(r"(Commander|Operations|Scribe): ([A-Z]\w+ \w+)", text))

    assert sorted(told) == told
    assert 2 == len(told)
    assert 3 == len(set(roles.values()))


def test_an_update_has_the_severity_of_its_numbers() -> None:
    """Of nine orders eight wait, and all are taken: by the rule this is the severity that it says."""
    text = UPDATE.read_text(encoding="utf-8")
    [(bad, all_)] = re.findall(r"(\d+) of (\d+) orders", text)
    share = int(bad) / int(all_)
    said = severity(Impact(share, key_journey=False, slo=AT_ONCE.slo))

    assert f"**Severity {said.value}.**" in text
