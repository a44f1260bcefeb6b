"""What a look at one item found."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Status(StrEnum):
    """How an item stands, the worst first."""

    FAILED = "fail"
    WAIVED = "waived"
    PASSED = "pass"
    MANUAL = "manual"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """What was found, and in which words.

    Attributes:
        status: How the item stands.
        detail: What was seen, or what would let the probe see it.
    """

    status: Status
    detail: str


Findings: TypeAlias = Mapping[str, Finding]


def judge(fault: str, seen: str) -> Finding:
    """Fail with a fault, or pass with what was seen if there is none."""
    status = Status.FAILED if fault else Status.PASSED
    return Finding(status, fault or seen)


def manual(way_out: str) -> Finding:
    """Leave it to a person, or say what lets the probe look."""
    return Finding(Status.MANUAL, way_out)


def worst(looks: Iterable[Findings]) -> dict[str, Finding]:
    """Join several looks at the items: one failure is a failure."""
    found = defaultdict[str, list[Finding]](list)
    for look in looks:
        for item, finding in look.items():
            found[item].append(finding)
    joined = {}
    for item, findings in found.items():
        status = min(
            (each.status for each in findings), key=[*Status].index
        )
        details = [x.detail for x in findings if x.status == status]
        joined[item] = Finding(
            status, "; ".join(dict.fromkeys(details))
        )
    return joined
