"""A runbook is run, in the state that its alert describes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx
import pytest
import yaml

from snippets.operations.runbooks.links import unlinked
from snippets.operations.runbooks.rehearsal import Step, missing, rehearse, steps
from snippets.orders.alerts import AT_ONCE, in_a_hurry
from snippets.orders.payments import OPEN, Payments
from tests.orders.bank import Bank
from tests.orders.shop import (
    Books,
    environment,
    kept_books,
    open_shop,
    order,
    settle,
)
from tests.projects import ROOT
from tests.readiness.clusters import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.prometheus import Prometheus

SNIPPETS: Final = Path(ROOT, "snippets")
HERE: Final = SNIPPETS / "operations/runbooks"
RUNBOOK: Final = (SNIPPETS / "operations/runbooks/payments_wait.md").read_text("utf-8")
ROTTEN: Final = (SNIPPETS / "operations/runbooks/payments_wait_dont.md").read_text(
    "utf-8"
)
FIRST, BACK = "First five minutes", "When the provider is back"


class Outage:
    """The orders service, with a provider that is out.

    Attributes:
        books: Its database.
        bank: The provider.
        variables: What a person on call has in the environment.
        folder: Where that person is.
    """

    def __init__(self, books: Books, bank: Bank, address: str, folder: Path) -> None:
        self.books, self.bank, self.folder = books, bank, folder
        found = f"{Path(sys.executable).parent}:{programs()}:{os.environ['PATH']}"
        self.variables = {
            **os.environ,
            **environment(books.url, bank.address),
            "ORDERS": address,
            "PATH": found,
            "PYTHONPATH": str(ROOT),
        }

    def rehearse(self, runbook: str, section: str) -> list[str]:
        """Run a section of a runbook here and now."""
        return rehearse(runbook, section, self.variables, self.folder)


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Outage]:
    """Start the service, and take six orders while its provider answers 503."""
    with Bank() as bank, kept_books() as books:
        bank.status = 503
        with open_shop(books, bank) as (service, client):
            for number in range(6):
                order(client, f"key-{number}")
            yield Outage(books, bank, service.address, tmp_path)


@pytest.mark.proves("executed-runbook")
def test_every_command_prints_what_the_runbook_says(outage: Outage) -> None:
    """While the provider is out, the first five minutes go as written."""
    assert [] == outage.rehearse(RUNBOOK, FIRST)


@pytest.mark.proves("executed-runbook")
def test_the_way_back_works(outage: Outage) -> None:
    """When the provider is back, the runbook settles every order, those too that were put off."""
    settle(outage.books, outage.bank)
    outage.books.run("UPDATE outbox SET due_at = due_at + '1 h' WHERE tries > 0")
    later = outage.books.one("SELECT count(*) FROM outbox WHERE due_at > now()")
    outage.bank.status = 200

    assert 0 < later

    assert [] == outage.rehearse(RUNBOOK, BACK)
    assert {"charged"} == set(outage.books.payments())


@pytest.mark.harm("executed-runbook")
def test_a_metric_that_was_renamed_reads_as_all_is_well(
    outage: Outage, output: Output
) -> None:
    """A rotten command prints nothing, which looks like a closed circuit."""
    problems = outage.rehearse(ROTTEN, FIRST)

    assert 1 == len(problems)
    assert "exit 1, printed ''" in problems[0]
    lacks = [f"lacks: {name}" for name in missing(ROTTEN)]
    shown = "\n".join([problems[0].replace(", expected", ",\n  expected"), *lacks])
    output.check("operations/runbooks/rotten.out", shown)


@pytest.mark.proves("executed-runbook")
def test_a_command_without_its_output_is_told() -> None:
    """What has no expected output cannot be compared, and is not run."""
    told = rehearse(RUNBOOK, "Roll back", {}, HERE)

    assert ["line 68: says no output"] == told
    assert RUNBOOK.splitlines()[67].startswith("kubectl rollout undo")


@pytest.mark.proves("executed-runbook")
@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("echo 6", []),
        ("echo 6; false", []),
        ("echo 7", ["line 4: exit 0, printed '7', expected '6'"]),
        ("false; echo 6", ["line 4: exit 1, printed '', expected '6'"]),
        ("false | cat; echo 6", ["line 4: exit 1, printed '', expected '6'"]),
        (
            '(echo "$UNSET") || exit 1; echo 6',
            ["line 4: exit 1, printed '', expected '6'"],
        ),
    ],
    ids=["well", "exit", "other", "error", "pipe", "unset"],
)
def test_what_is_printed_is_compared(
    command: str, told: list[str], tmp_path: Path
) -> None:
    """Another output is told, and a step ends at its first error; how it exits is for Bash to know."""
    text = f"## A\n\n```bash\n{command}\n```\n\n```text\n6\n```\n"

    assert told == rehearse(text, "A", {"PATH": os.environ["PATH"]}, tmp_path)


@pytest.mark.proves("executed-runbook")
@pytest.mark.parametrize(
    ("was", "now"), [("```bash", "```sh"), (f"## {FIRST}", "## At first")]
)
def test_a_section_without_a_command_is_no_success(was: str, now: str) -> None:
    """A heading that was renamed, or a fence that is not Bash, would leave nothing to run."""
    assert was in RUNBOOK
    assert [f"no command under {FIRST!r}"] == rehearse(
        RUNBOOK.replace(was, now), FIRST, {}, HERE
    )


@pytest.mark.proves("executed-runbook")
def test_a_closed_circuit_does_not_say_that_the_provider_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thirty seconds after it opened the metric is 0 again, whoever is out, as the runbook says."""
    payments = Payments("http://127.0.0.1")

    def charge() -> None:
        raise httpx.ConnectError("out")

    for _ in range(5):
        with pytest.raises(httpx.ConnectError):
            payments.circuit.call(charge)
    [gauge] = OPEN.collect()
    assert 1 == gauge.samples[0].value
    # No test sleeps for half a minute.
    monkeypatch.setattr("circuitbreaker.monotonic", lambda: monotonic() + 30)
    [gauge] = OPEN.collect()
    assert 0 == gauge.samples[0].value
    assert "after 30 seconds without an order" in RUNBOOK


@pytest.mark.proves("executed-runbook")
def test_each_field_must_be_there_and_filled() -> None:
    """A runbook without its fields, or with an empty one, is found."""
    assert [] == missing(RUNBOOK)
    assert ["User impact", "Roll back", "Last exercised"] == missing(ROTTEN)
    empty = RUNBOOK.replace("After 15 minutes:", "\n## Notes\n\nAfter 15 minutes:")
    assert ["Escalation"] == missing(empty)


def test_steps_are_read_with_their_sections() -> None:
    """A step has its line, its section, its command and what it prints."""
    text = "## A\n\n```bash\none\n```\n\n```text\n1\n```\n\n## B\n\n```bash\ntwo\n```\n"

    assert [Step(4, "A", "one\n", "1\n"), Step(14, "B", "two\n", None)] == steps(text)


@pytest.mark.proves("executed-runbook")
def test_the_runbook_names_an_alert_that_exists() -> None:
    """The alert and the objective of the runbook are those of the orders' rules."""
    rules = dict(in_a_hurry())[AT_ONCE.name]
    [alert] = re.findall(r", or `(\w+)` of `([\w-]+)`", RUNBOOK)

    assert ("BudgetBurns", AT_ONCE.name) == alert
    assert f"- alert: {alert[0]}\n" in rules


RULES: Final = HERE / "payments_wait.yml"
LINK: Final = "          runbook_url: https://runbooks.example.com/payments-wait\n"


@pytest.mark.proves("alert-names-runbook")
def test_the_alert_and_its_runbook_name_each_other() -> None:
    """The link of the alert leads to a whole runbook, which names the alert."""
    assert [] == unlinked(RULES, HERE)


@pytest.mark.proves("alert-names-runbook")
def test_the_alert_begins_in_the_state_that_the_runbook_is_for(
    prometheus: Prometheus,
) -> None:
    """With the provider out, the share that the alert compares is over its limit."""
    rules = Path(ROOT, "snippets", "operations/runbooks/payments_wait.yml")
    [group] = yaml.safe_load(rules.read_text(encoding="utf-8"))["groups"]
    share, _, limit = group["rules"][0]["expr"].rpartition(">")
    [port] = prometheus.ports("runbooks")
    with (
        Bank() as bank,
        kept_books() as books,
        open_shop(books, bank, PORT=port) as (_, client),
    ):
        prometheus.wait_for_scrape("runbooks")
        order(client, "before")
        prometheus.wait(f'({share}) == 0 and on (job) up{{job="runbooks"}}')
        bank.status = 503
        for number in range(2):
            order(client, f"during-{number}")
        above = f'({share}) > {limit} and on (job) up{{job="runbooks"}}'

        assert 1 == len(prometheus.wait(above))


@pytest.mark.proves("alert-names-runbook")
@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        (LINK, "", "PaymentsWait: no runbook_url"),
        ("/payments-wait", "/payments", "PaymentsWait: no payments.md"),
        ("/payments-wait", "/", "PaymentsWait: no .md"),
        (
            "alert: PaymentsWait",
            "alert: Payments",
            "Payments: payments_wait.md is for another alert",
        ),
        ("severity: page", "severity: ticket", None),
        ("labels: { severity: page }", "labels: {}", None),
        ("        labels: { severity: page }\n", "", None),
    ],
    ids=["no link", "no page", "a folder", "another", "ticket", "none", "no labels"],
)
def test_each_broken_link_is_found(
    tmp_path: Path, was: str, now: str, problem: str | None
) -> None:
    """A link that is missing, dead or wrong is told; what wakes nobody needs none."""
    text = RULES.read_text(encoding="utf-8")
    rules = tmp_path / "rules.yml"
    rules.write_text(text.replace(was, now), encoding="utf-8")

    assert was in text
    assert [problem] * bool(problem) == unlinked(rules, HERE)


@pytest.mark.proves("alert-names-runbook")
def test_a_rule_without_annotations_is_found(tmp_path: Path) -> None:
    """An alert that says nothing but its name is told; a recording is not."""
    page = "{alert: Down, expr: up == 0, labels: {severity: page}}"
    rules = tmp_path / "rules.yml"
    record = "{record: job:up:sum, expr: sum by (job) (up)}"
    text = f"groups: [{{name: a, rules: [{record}]}}, {{name: b, rules: [{page}]}}]"
    rules.write_text(text, encoding="utf-8")

    assert ["Down: no runbook_url"] == unlinked(rules, HERE)


@pytest.mark.proves("alert-names-runbook")
def test_a_runbook_with_gaps_is_no_runbook(tmp_path: Path) -> None:
    """A link to a page that lacks a field is told, as is one to an empty page."""
    page = tmp_path / "payments_wait.md"
    cut = RUNBOOK.replace("## Escalation", "## Names").replace("## User ", "## ")
    page.write_text(cut, encoding="utf-8")
    lacks = "payments_wait.md lacks User impact, Escalation"

    assert [f"PaymentsWait: {lacks}"] == unlinked(RULES, tmp_path)
    page.write_text("", encoding="utf-8")
    other = "payments_wait.md is for another alert"
    assert [f"PaymentsWait: {other}"] == unlinked(RULES, tmp_path)


@pytest.mark.harm("alert-names-runbook")
def test_whoever_searches_for_the_alert_finds_nothing(
    tmp_path: Path, output: Output
) -> None:
    """With a link to the wiki's first page, a search for the alert finds no runbook."""
    shutil.copy(HERE / "payments_wait_dont.md", tmp_path / "payments_problems.md")
    search = ["grep", "--ignore-case", "--recursive", "PaymentsWait", "."]
    found = subprocess.run(
        search, check=False, capture_output=True, cwd=tmp_path, text=True
    )
    rules = SNIPPETS / "operations/runbooks/payments_wait_dont.yml"
    problems = unlinked(rules, tmp_path)

    assert (1, "") == (found.returncode, found.stdout)
    assert ["PaymentsWait: no runbooks.md"] == problems
    rows = [
        "a search for PaymentsWait finds   nothing",
        f"the check of the links says       {problems[0]}",
    ]
    output.check("operations/runbooks/unlinked.out", "\n".join(rows))
