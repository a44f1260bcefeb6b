"""The report, for people and for pipelines."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree as ET

from snippets.readiness.checklist.items import (
    PROBE,
    Item,
    Tier,
    asked,
    items,
    tier_of,
)
from snippets.readiness.probe.findings import (
    Finding,
    Findings,
    Status,
    manual,
)
from snippets.readiness.probe.settings import Settings
from snippets.readiness.review.waivers import Waiver

HANDBOOK = "https://proven-practice.github.io/handbook"


@dataclass(frozen=True)
class Report:
    """What was found of every item.

    Attributes:
        service: Its address.
        tier: Which items are asked of it.
        items: The checklist.
        findings: One for each item.
    """

    service: str
    tier: Tier
    items: dict[str, Item]
    findings: Findings

    @property
    def failed(self) -> bool:
        """Whether an item fails that nobody has waived."""
        return any(
            x.status == Status.FAILED for x in self.findings.values()
        )


def report(
    service: str, settings: Settings, found: Findings, today: date
) -> Report:
    """Give every item its finding.

    Args:
        service: Its address.
        settings: Its objective, and what was waived.
        found: What was looked at.
        today: The day on which waivers hold.
    """
    tier, checklist = tier_of(settings.objective), items()
    findings = {}
    for name, item in checklist.items():
        if not asked(item, tier):
            why = f"asked up to tier {item.tier}, this is tier {tier}"
            finding = Finding(Status.NOT_APPLICABLE, why)
        elif item.by == PROBE:
            finding = found[name]
        else:
            finding = manual(f"{item.by}: {item.evidence}")
        mine = [each for each in settings.waiver if each.item == name]
        findings[name] = waived(finding, mine, today)
    return Report(service, tier, checklist, findings)


def waived(
    finding: Finding, waivers: list[Waiver], today: date
) -> Finding:
    """Let a failure through while a waiver holds, and say whose.

    Args:
        finding: What was found of an item.
        waivers: Those of this item.
        today: The day.
    """
    if finding.status != Status.FAILED or not waivers:
        return finding
    holding = [each for each in waivers if each.holds(today)]
    last = max(holding or waivers, key=lambda waiver: waiver.until)
    if not holding:
        days = f"{last.agreed} to {last.until}"
        ended = f"{finding.detail}; waived {days}"
        return Finding(Status.FAILED, ended)
    who = f"{finding.detail}; {last.owner}, until {last.until}"
    return Finding(Status.WAIVED, who)


def link(practice: str) -> str:
    """Give the short link of a practice."""
    return f"{HANDBOOK}/p/{practice}/"


def as_table(made: Report) -> str:
    """Write two lines for each item: how it stands, and what helps."""
    lines, area = [f"{made.service}, tier {made.tier}"], ""
    for name, item in made.items.items():
        if item.area != area:
            area = item.area
            lines += ["", area]
        finding = made.findings[name]
        lines.append(f"  {finding.status:14}  {name}: {finding.detail}")
        lines.append(f"  {'':14}  {link(item.practice)}")
    counts = Counter(each.status for each in made.findings.values())
    total = ", ".join(f"{counts[s]} {s}" for s in Status if counts[s])
    return "\n".join([*lines, "", total])


def rows(made: Report) -> list[dict[str, str]]:
    """Give the findings as plain values."""
    return [
        {
            "id": name,
            "area": item.area,
            "title": item.title,
            "status": made.findings[name].status.value,
            "detail": made.findings[name].detail,
            "practice": link(item.practice),
        }
        for name, item in made.items.items()
    ]


def as_json(made: Report) -> str:
    """Write the report as JSON."""
    document = {
        "service": made.service,
        "tier": made.tier,
        "failed": made.failed,
        "items": rows(made),
    }
    return json.dumps(document, indent=2)


def as_junit(made: Report) -> str:
    """Write the report as JUnit's XML: what nobody looked at is skipped."""
    counts = Counter(each.status for each in made.findings.values())
    suite = ET.Element(
        "testsuite",
        name=f"readiness of {made.service}",
        tests=str(len(made.items)),
        failures=str(counts[Status.FAILED]),
        errors="0",
        skipped=str(
            len(made.items)
            - counts[Status.FAILED]
            - counts[Status.PASSED]
        ),
    )
    for row in rows(made):
        case = ET.SubElement(
            suite, "testcase", classname=row["area"], name=row["id"]
        )
        text = f"{row['detail']} {row['practice']}"
        if row["status"] == Status.FAILED:
            ET.SubElement(case, "failure", message=text)
        elif row["status"] != Status.PASSED:
            ET.SubElement(
                case, "skipped", message=f"{row['status']}: {text}"
            )
    return ET.tostring(suite, encoding="unicode")
