"""Refuse answers to the checklist that are no evidence."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    HttpUrl,
    StringConstraints,
    ValidationError,
)

from snippets.readiness.checklist.items import (
    PROBE,
    Tier,
    asked,
    items,
)

YEAR: Final = timedelta(days=365)


class Evidence(BaseModel):
    """What somebody saw, where and when."""

    model_config = ConfigDict(extra="forbid")

    link: HttpUrl
    by: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1)
    ]
    on: date


def fault(answer: object, today: date) -> str:
    """Say what keeps an answer from being evidence, or nothing."""
    try:
        evidence = Evidence.model_validate(answer)
    except ValidationError as error:
        wrong = [each["loc"] for each in error.errors()]
        named = [str(loc[0]) for loc in wrong if loc]
        return "no good " + ", ".join(named or Evidence.model_fields)
    if evidence.on > today:
        return f"{evidence.on} has not come yet"
    if today - evidence.on > YEAR:
        return f"{evidence.on} is more than a year ago"
    return ""


def lacking(
    answers: Mapping[str, object], tier: Tier, today: date
) -> dict[str, str]:
    """Find the items without evidence, of those that people answer.

    Args:
        answers: What was answered, by the ID of the item.
        tier: Of the service, which decides what is asked.
        today: The day of the review.

    Returns:
        What is wrong with each answer; nothing if all are good.
    """
    faults = {
        name: fault(answers.get(name), today)
        for name, item in items().items()
        if item.by != PROBE and asked(item, tier)
    }
    return {name: wrong for name, wrong in faults.items() if wrong}
