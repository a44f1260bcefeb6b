"""The page has the items as they are asked, and a tick is no evidence."""

from __future__ import annotations

import json
import os
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from handbook.practices import read_practices
from snippets.readiness.checklist.evidence import YEAR, lacking
from snippets.readiness.checklist.items import (
    PROBE,
    Item,
    asked,
    items,
    tier_of,
)

if TYPE_CHECKING:
    from handbook.outputs import Output

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "snippets/readiness/checklist"
PAGE = ROOT / "docs/readiness/checklist.md"
REVIEW = date(2026, 11, 23)
CARD = {  # the eighteen, in the words in which everybody knows them
    "Reliability": [
        "Health check endpoints (/health, /ready)",
        "Graceful shutdown handling",
        "Circuit breakers for external dependencies",
        "Retry logic with exponential backoff",
        "Fallback mechanisms",
    ],
    "Observability": [
        "Structured logging configured",
        "Metrics exported (Prometheus format)",
        "Distributed tracing enabled",
        "Alerting rules defined",
        "Dashboards created",
    ],
    "Security": [
        "Security scan passed",
        "Dependencies vulnerability checked",
        "Secrets managed properly (Vault, K8s Secrets)",
        "Auth/authz verified",
    ],
    "Operations": [
        "Runbook created",
        "Rollback procedure documented",
        "On-call rotation set up",
        "Incident response plan ready",
    ],
}


def evidence() -> dict[str, Any]:
    """Read the answers that the page shows."""
    return tomllib.loads((FOLDER / "evidence.toml").read_text("utf-8"))


def line(name: str, item: Item) -> str:
    """Write an item as the page has it."""
    where = {each.id: each.page for each in read_practices(ROOT)}
    page = os.path.relpath(where.get(item.practice, "?"), "readiness")
    by = item.by.removeprefix("the ")
    return (
        f"- [ ] [{item.title}]({page}#{item.practice})"
        f'{{ #{name} data-tier="{item.tier}" }}. {item.why}'
        f" *{item.evidence}* *({by}, tier {item.tier})*"
    )


@pytest.mark.proves("readiness-evidence")
def test_the_page_has_every_item() -> None:
    """The page has every item of the file, in its order and below its area."""
    "readiness/checklist/items.toml"
    wanted = ["### Evidence"]
    for name, item in items().items():
        heading = f"### {item.area}"
        if heading not in wanted:
            wanted.insert(-1, heading)
        wanted.insert(-1, line(name, item))
    text = PAGE.read_text("utf-8")
    shown = re.findall(r"^(?:- \[.\] .+|### .+)$", text, re.MULTILINE)
    missing = [
        f"docs/readiness/checklist.md: write {x}" for x in wanted if x not in shown
    ]
    strange = [
        f"docs/readiness/checklist.md: remove {x}" for x in shown if x not in wanted
    ]

    assert not missing + strange, "\n" + "\n".join(missing + strange)
    assert wanted == shown


@pytest.mark.proves("readiness-evidence")
def test_the_known_titles_are_in_their_own_words() -> None:
    """The eighteen well-known items stand in their area and in their own words, among eight of ours."""
    "readiness/checklist/items.toml"
    titles = {
        area: [x.title for x in items().values() if x.area == area] for area in CARD
    }

    for area, known in CARD.items():
        assert set(known) <= set(titles[area])
    assert 18 == sum(map(len, CARD.values()))
    assert 26 == len(items()) == sum(map(len, titles.values()))


@pytest.mark.proves("readiness-evidence")
def test_the_objective_decides_what_is_asked() -> None:
    """From 99.9 % everything is asked, from 99 % less, and some of every service."""
    objectives = [0.9999, 0.999, 0.998, 0.99, 0.989, 0.5]
    tiers = [tier_of(each) for each in objectives]
    counts = [sum(asked(x, tier) for x in items().values()) for tier in (1, 2, 3)]

    assert [1, 1, 2, 2, 3, 3] == tiers
    text = PAGE.read_text("utf-8")
    people = [name for name, item in items().items() if item.by != PROBE]
    assert f"Show these {counts[0]} things" in text
    assert f"from 99.9 % all {counts[0]} are asked (tier 1)" in text
    assert f"from 99 % {counts[1]} (tier 2)" in text
    assert f"of every service {counts[2]} (tier 3)" in text
    assert f"looks at {counts[0] - len(people)} itself; five are" in text
    assert 5 == len(people)
    for share in (0, 1, 99.9):
        with pytest.raises(ValueError, match="no share between 0 and 1"):
            tier_of(share)


@pytest.mark.proves("readiness-evidence")
def test_evidence_answers_what_the_probe_cannot_see() -> None:
    """A link, a name and a date for each item that people answer leave nothing to ask."""
    "readiness/checklist/evidence.toml"
    answers = evidence()

    assert {} == lacking(answers, 1, REVIEW)
    assert {k for k, x in items().items() if x.by != PROBE} == answers.keys()


@pytest.mark.proves("readiness-evidence")
def test_a_tier_is_asked_only_its_own() -> None:
    """An item that is not asked of the tier needs no evidence."""
    asked_of = [list(lacking({}, tier, REVIEW)) for tier in (1, 2, 3)]

    assert [
        "objectives",
        "on-call",
        "incident-plan",
        "backups",
        "capacity",
    ] == asked_of[0]
    assert asked_of[0][:-1] == asked_of[1]
    assert ["backups"] == asked_of[2]


@pytest.mark.proves("readiness-evidence")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"link": "the wiki"}, "no good link"),
        ({"by": " "}, "no good by"),
        ({"on": "last summer"}, "no good on"),
        ({"seen": True}, "no good seen"),
        ({"by": "", "on": ""}, "no good by, on"),
        ({"on": REVIEW + timedelta(days=1)}, "2026-11-24 has not come yet"),
        (
            {"on": REVIEW - YEAR - timedelta(days=1)},
            "2025-11-22 is more than a year ago",
        ),
        ({"on": REVIEW - YEAR}, None),
        ({"on": REVIEW}, None),
    ],
)
def test_an_answer_is_judged(change: dict[str, Any], told: str | None) -> None:
    """An answer without a link, a name or a date of the last year is refused, and says why."""
    answers = evidence()
    answers["backups"] |= change

    assert ({"backups": told} if told else {}) == lacking(answers, 1, REVIEW)


@pytest.mark.proves("readiness-evidence")
@pytest.mark.parametrize("left_out", ["link", "by", "on"])
def test_nothing_may_be_left_out(left_out: str) -> None:
    """Evidence without one of its three fields is refused."""
    answers = evidence()
    del answers["on-call"][left_out]

    assert {"on-call": f"no good {left_out}"} == lacking(answers, 1, REVIEW)


@pytest.mark.harm("readiness-evidence")
def test_ticks_are_no_evidence(output: Output) -> None:
    """Five ticks say that somebody ticked: none has a link, a name or a date."""
    "readiness/checklist/ticked_dont.json"
    ticked = json.loads((FOLDER / "ticked_dont.json").read_text("utf-8"))
    refused = lacking(ticked, 1, REVIEW)

    assert all(ticked.values())
    assert ticked.keys() == refused.keys()
    assert {"no good link, by, on"} == set(refused.values())
    rows = [f"{name:15}{wrong}" for name, wrong in refused.items()]
    output.check("readiness/checklist/ticked_dont.out", "\n".join(rows))


@pytest.mark.proves("readiness-evidence")
def test_the_download_has_a_schema() -> None:
    """What the page lets you download has a schema, which refuses a tier of its own and an unknown field."""
    "readiness/checklist/checklist.schema.json"
    schema = json.loads((FOLDER / "checklist.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    valid = Draft202012Validator(schema).is_valid
    good = {
        "service": "orders",
        "objective": 0.999,
        "tier": 1,
        "date": datetime.now(UTC).date().isoformat(),
        "items": [
            {
                "id": name,
                "title": x.title,
                "area": x.area,
                "asked": True,
                "ticked": False,
            }
            for name, x in items().items()
        ],
    }

    assert valid(good)
    assert valid(good | {"objective": None})
    bad: dict[str, Any]
    for bad in ({"tier": 4}, {"objective": 99.9}, {"by": "me"}, {"items": []}):
        assert not valid(good | bad)
