"""A post-mortem of an incident that happened, in its own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from snippets.operations.incident_response.severity import Impact, severity
from snippets.operations.post_mortems.review import faults, without_owner
from snippets.operations.post_mortems.timeline import impact, timeline, words
from snippets.orders.alerts import AT_ONCE
from snippets.slos.burn_rate_alerts.windows import PAIRS
from tests.orders.bank import Bank
from tests.orders.shop import kept_books, open_shop, order, settle
from tests.projects import ROOT

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS: Final = Path(ROOT, "snippets")
HERE: Final = SNIPPETS / "operations/post_mortems"
GOOD: Final = (SNIPPETS / "operations/post_mortems/provider_out.md").read_text("utf-8")
BAD: Final = (SNIPPETS / "operations/post_mortems/provider_out_dont.md").read_text(
    "utf-8"
)


@pytest.fixture(scope="module")
def log() -> list[dict[str, Any]]:
    """Let it happen: the provider fails for eight orders, and comes back."""
    with (
        Bank() as bank,
        kept_books() as books,
        open_shop(books, bank, f"{__name__}.log") as (service, client),
    ):
        order(client, "before")
        bank.status = 503
        for number in range(8):
            order(client, f"during-{number}")
        bank.status = 200
        code, settled = settle(books, bank)
        lines = service.stop()
        assert ["charged"] * 9 == books.payments()
        assert 9 == len(bank.charged)
    assert 0 == code
    return [*lines, *map(json.loads, settled.splitlines())]


@pytest.mark.proves("blameless-post-mortem")
def test_the_timeline_is_what_the_log_says(
    log: list[dict[str, Any]], output: Output
) -> None:
    """Each moment of the incident is in the log, and in its order."""
    moments = list(timeline(log))

    assert [
        "provider answers 503",
        "payment waits",
        "circuit opens",
        "provider answers 200 again",
        "8 payments settled",
    ] == [moment.what for moment in moments]
    rows = [f"{moment.at}  {moment.what}" for moment in moments]
    output.check("operations/post_mortems/timeline.out", "\n".join(rows))


@pytest.mark.proves("blameless-post-mortem")
def test_the_impact_is_counted(log: list[dict[str, Any]]) -> None:
    """Eight orders waited; with the settled ones nine were charged."""
    assert (8, 9) == impact(log)
    assert "8 of 9 orders" in GOOD


@pytest.mark.proves("blameless-post-mortem")
def test_the_circuit_opened_after_five_tries(log: list[dict[str, Any]]) -> None:
    """Before the circuit opened the provider was tried five times, as the document says."""
    lines = sorted(log, key=lambda line: line["timestamp"])
    errors = [line.get("error", "") for line in lines]
    opened = next(n for n, said in enumerate(errors) if "CircuitBreaker" in said)
    tries = [" 503 " in line["event"] for line in lines]

    assert 5 == sum(tries[:opened]) == sum(tries)
    assert "opened after five failed tries" in GOOD


@pytest.mark.proves("blameless-post-mortem")
def test_the_severity_is_what_the_rule_says() -> None:
    """Orders were taken, and eight of nine not charged at once: SEV-2, and too short for an alert."""
    impact = Impact(8 / 9, key_journey=False, slo=AT_ONCE.slo)
    fast, *_ = PAIRS

    assert f"Severity {severity(impact).value}." in GOOD
    assert 9.5 < (fast.fires_after(impact.burn) or 0) / 60 < 10
    assert "almost ten minutes" in GOOD


@pytest.mark.proves("blameless-post-mortem")
def test_the_post_mortem_tells_the_same_times() -> None:
    """The document has the timeline of the very run that the page shows."""
    shown = (HERE / "timeline.out").read_text(encoding="utf-8")
    rows = [f"- {row[11:19]} {row[29:]}" for row in shown.splitlines()]

    assert "\n".join(rows) in GOOD
    assert f"on {shown[:10]}" in GOOD


@pytest.mark.proves("blameless-post-mortem")
@pytest.mark.proves("owned-actions")
def test_a_good_one_has_no_fault() -> None:
    """The one that the page shows says all that it must."""
    assert [] == faults(GOOD)


@pytest.mark.harm("blameless-post-mortem")
@pytest.mark.harm("owned-actions")
def test_blame_ends_the_inquiry(output: Output) -> None:
    """A culprit, a vague impact and an action for everybody: nothing will change."""
    found = faults(BAD)

    assert "ends the inquiry: 'Human error'" in found
    assert "impact: no number" in found
    output.check("operations/post_mortems/faults.out", "\n".join(found))


@pytest.mark.proves("owned-actions")
@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("| a | detect | Ada | 2026-12-04 |", []),
        ("| a | mitigate | Ada | 2026-12-04 |", []),
        ("| a | process | Ada | 2026-12-04 |", "a: type is detect or mitigate or prevent"),
        ("| a | prevent |  | 2026-12-04 |", "a: no owner"),
        ("| a | prevent | everybody | 2026-12-04 |", "a: no owner"),
        ("| a | prevent | Ada | soon |", "a: due on no date"),
    ],
    ids=["well", "mitigate", "type", "nobody", "everybody", "soon"],
)  # fmt: skip
def test_an_action_has_a_type_an_owner_and_a_date(
    row: str, found: str | list[str]
) -> None:
    """Whatever lacks one of them is named."""
    table = f"\n| Action | Type | Owner | Due |\n|---|---|---|---|\n{row}\n"

    assert ([found] if found else []) == without_owner(table)
    assert without_owner(table) == without_owner(table.replace(" | ", "|"))


@pytest.mark.proves("owned-actions")
def test_a_row_that_is_cut_short_is_named() -> None:
    """A missing cell is an empty one, and actions without a table are none."""
    table = "| Action | Type | Owner | Due |\n| - | - | - | - |\n"
    kind = "a: type is detect or mitigate or prevent"

    assert [kind, "a: no owner", "a: due on no date"] == without_owner(f"{table}|a|")
    assert ["actions: no row of a table"] == without_owner(table)
    assert ["actions: no row of a table"] == without_owner("We look into it.")


@pytest.mark.proves("blameless-post-mortem")
@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("## Trigger\n", "## Why\n", ["lacks: Trigger"]),
        ("8 of 9 orders", "Most orders", []),
        ("- The service has one provider", "One", []),
        ("## Trigger\n", "## Trigger\n\nA careless change.", ["ends the inquiry: 'careless'"]),
    ],
    ids=["field", "number", "two left", "blame"],
)  # fmt: skip
def test_each_fault_of_a_document_is_named(
    old: str, new: str, found: list[str]
) -> None:
    """A field that is missing, one factor alone and a word of blame are each told."""
    assert GOOD.count(old)
    assert found == faults(GOOD.replace(old, new, 1))


def test_one_factor_is_too_few() -> None:
    """With one factor the document has found a culprit, and not the gaps."""
    one = GOOD.replace("- The runbook", "The runbook").replace("- Customers", "C")

    assert ["contributing factors: name two or more"] == faults(one)


def test_other_lines_are_none_of_the_incident() -> None:
    """A charge that succeeds before anything waits is no moment of it."""
    well = {"event": 'POST /charges "HTTP/1.0 200 OK"'}

    assert "" == words(well, began=False)
    assert "provider answers 200 again" == words(well, began=True)
    assert "" == words({"event": "Shutting down"}, began=True)
    port = {"event": 'POST http://127.0.0.1:35037/charges "HTTP/1.0 200 OK"'}
    assert "" == words(port, began=False)
