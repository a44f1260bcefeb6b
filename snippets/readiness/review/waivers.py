"""Waivers that end, and what a readiness review decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    StringConstraints,
    model_validator,
)

from snippets.readiness.checklist.items import items

Words: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1)
]
Result: TypeAlias = Literal["pass", "fail", "manual", "not applicable"]
SETTLED: Final = frozenset({"pass", "not applicable"})
LONGEST: Final = timedelta(days=180)
NEVER_WAIVED: Final = frozenset({"secrets", "access"})


class Waiver(BaseModel):
    """The leave to go without one item for a while.

    Attributes:
        item: The ID of the item.
        owner: Who makes the waiver unnecessary.
        reason: Why users are better served with it than by waiting.
        agreed: The day of the review, and the first that it holds.
        until: The last day that it holds, 180 days later at most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    owner: Words
    reason: Words
    agreed: date
    until: date

    @model_validator(mode="after")
    def _may_be_agreed(self) -> Self:
        if self.item not in items():
            raise ValueError(f"no item is {self.item!r}")
        if self.item in NEVER_WAIVED:
            raise ValueError(f"{self.item} is never waived")
        if not timedelta() <= self.until - self.agreed <= LONGEST:
            raise ValueError(
                f"it must end within {LONGEST.days} days of"
                f" {self.agreed}, not on {self.until}"
            )
        return self

    def holds(self, today: date) -> bool:
        """Tell whether it holds on a day."""
        return self.agreed <= today <= self.until


class Answer(StrEnum):
    """What the review says."""

    GO = "go"
    WITH_WAIVERS = "go with waivers"
    NO_GO = "no-go"


@dataclass(frozen=True)
class Verdict:
    """What is decided, and why.

    Attributes:
        answer: Whether users may come.
        refused: What stands in the way, by the ID of the item.
        waived: Whose waiver lets an item through, and how long.
    """

    answer: Answer
    refused: dict[str, str]
    waived: dict[str, str]


def verdict(
    results: Mapping[str, Result],
    waivers: Iterable[Waiver],
    today: date,
) -> Verdict:
    """Decide from what was found; what nobody answered is refused.

    Args:
        results: What was found, by the ID of the item.
        waivers: What was agreed, at this review and earlier ones.
        today: The day for which it is decided.

    Raises:
        ValueError: A result is of no item.
    """
    if strange := results.keys() - items().keys():
        raise ValueError(f"no item is {min(strange)!r}")
    agreed = list(waivers)
    refused, waived = {}, {}
    for item in items():
        result = results.get(item, "manual")
        if result in SETTLED:
            continue
        mine = [each for each in agreed if each.item == item]
        holding = [each for each in mine if each.holds(today)]
        if holding:
            waiver = max(holding, key=_end)
            waived[item] = f"{waiver.owner}, until {waiver.until}"
            continue
        refused[item] = "fails" if result == "fail" else "no answer"
        if mine:
            last = max(mine, key=_end)
            refused[item] += f"; waived {last.agreed} to {last.until}"
    answer = Answer.WITH_WAIVERS if waived else Answer.GO
    if refused:
        answer = Answer.NO_GO
    return Verdict(answer, refused, waived)


def _end(waiver: Waiver) -> date:
    return waiver.until
