"""A waiver ends by itself, and the review says what stands in the way."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from snippets.readiness.checklist.items import items, tier_of
from snippets.readiness.review import waivers_dont
from snippets.readiness.review.waivers import (
    NEVER_WAIVED,
    Answer,
    Result,
    Waiver,
    verdict,
)

if TYPE_CHECKING:
    from handbook.outputs import Output

FOLDER = Path(__file__).parents[2] / "snippets/readiness/review"
REVIEW = date(2026, 11, 23)
AGREED: dict[str, Any] = {
    "item": "backups",
    "owner": "Grace Hopper",
    "reason": "Refunds can be read again from the provider.",
    "agreed": REVIEW,
    "until": date(2027, 2, 15),
}


def found(**results: Result) -> dict[str, Result]:
    """Pass everything but what is said; `_` in a name stands for `-`."""
    everything: dict[str, Result] = dict.fromkeys(items(), "pass")
    return everything | {k.replace("_", "-"): v for k, v in results.items()}


def waivers() -> list[Waiver]:
    """Read the file that the page shows."""
    told = tomllib.loads((FOLDER / "readiness.toml").read_text("utf-8"))
    return TypeAdapter(list[Waiver]).validate_python(told["waiver"])


@pytest.mark.proves("waiver-expires")
def test_everything_passes() -> None:
    """When every item passes or is not applicable, the answer is go."""
    decided = verdict(found(tracing="not applicable"), waivers(), REVIEW)

    assert Answer.GO == decided.answer
    assert {} == decided.refused | decided.waived


@pytest.mark.proves("waiver-expires")
@pytest.mark.parametrize("day", [REVIEW, date(2027, 2, 15)])
def test_a_waiver_lets_its_item_through(day: date) -> None:
    """From the day that it is agreed to its last day a waiver lets its item through, and nothing else."""
    "readiness/review/readiness.toml"
    decided = verdict(found(backups="fail"), waivers(), day)
    other = verdict(found(backups="fail", on_call="fail"), waivers(), day)

    assert Answer.WITH_WAIVERS == decided.answer
    assert {"backups": "Grace Hopper, until 2027-02-15"} == decided.waived
    assert {} == decided.refused
    assert Answer.NO_GO == other.answer
    assert {"on-call": "fails"} == other.refused
    assert decided.waived == other.waived


@pytest.mark.proves("waiver-expires")
@pytest.mark.parametrize("day", [REVIEW - timedelta(days=1), date(2027, 2, 16)])
def test_a_waiver_counts_for_nothing_on_other_days(day: date) -> None:
    """The day before it is agreed and the day after its end a waiver counts for nothing."""
    decided = verdict(found(backups="fail"), waivers(), day)

    assert Answer.NO_GO == decided.answer
    assert {} == decided.waived
    assert {"backups": "fails; waived 2026-11-23 to 2027-02-15"} == decided.refused


@pytest.mark.proves("waiver-expires")
def test_a_waiver_that_is_renewed_holds() -> None:
    """Of several waivers of one item, the one that holds today counts."""
    renewed = {"agreed": date(2027, 2, 10), "until": date(2027, 6, 1)}
    both = [Waiver.model_validate(AGREED | renewed), Waiver(**AGREED)]
    days = [REVIEW, date(2027, 2, 12), date(2027, 3, 1)]
    ends = [
        verdict(found(backups="fail"), each, day).waived["backups"][-10:]
        for day in days
        for each in (both, both[::-1])
    ]
    late = verdict(found(backups="fail"), both, date(2027, 6, 2))

    assert ["2027-02-15"] * 2 + ["2027-06-01"] * 4 == ends
    assert {"backups": "fails; waived 2027-02-10 to 2027-06-01"} == late.refused


@pytest.mark.proves("waiver-expires")
def test_no_answer_is_no_pass() -> None:
    """An item that nobody looked at, or that was left out, stands in the way as one that fails."""
    left_out = found(capacity="manual")
    del left_out["rollback"]
    decided = verdict(left_out, [], REVIEW)

    assert Answer.NO_GO == decided.answer
    assert {"rollback": "no answer", "capacity": "no answer"} == decided.refused
    with pytest.raises(ValueError, match="no item is 'roll-back'"):
        verdict(found(roll_back="pass"), [], REVIEW)


@pytest.mark.proves("waiver-expires")
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"until": None}, "valid date"),
        ({"until": "soon"}, "valid date"),
        ({"until": REVIEW + timedelta(days=181)}, "end within 180 days of 2026-11-23"),
        ({"until": REVIEW - timedelta(days=1)}, "end within 180 days"),
        ({"item": "back-ups"}, "no item is 'back-ups'"),
        ({"owner": " "}, "at least 1 character"),
        ({"reason": ""}, "at least 1 character"),
        ({"forever": True}, "Extra inputs"),
        *(
            ({"item": item}, f"{item} is never waived")
            for item in ("access", "secrets")
        ),
    ],
)
def test_a_waiver_is_refused(change: dict[str, Any], fault: str) -> None:
    """A waiver without an end, an owner, a reason or a known item is refused, and of some items every one."""
    assert Waiver.model_validate(AGREED).holds(REVIEW)
    assert {"access", "secrets"} == NEVER_WAIVED
    with pytest.raises(ValidationError, match=fault):
        Waiver.model_validate(AGREED | change)


@pytest.mark.proves("waiver-expires")
@pytest.mark.parametrize("name", AGREED)
def test_a_waiver_names_everything(name: str) -> None:
    """No field of a waiver may be left out."""
    assert Waiver.model_validate(AGREED).holds(REVIEW)
    with pytest.raises(ValidationError, match="Field required"):
        Waiver.model_validate({k: v for k, v in AGREED.items() if k != name})


@pytest.mark.proves("waiver-expires")
def test_the_longest_waiver() -> None:
    """A waiver may last for 180 days, and no longer; it cannot be changed."""
    waiver = Waiver.model_validate(AGREED | {"until": REVIEW + timedelta(days=180)})

    one_day = Waiver.model_validate(AGREED | {"until": REVIEW})

    assert date(2027, 5, 22) == waiver.until
    assert one_day.holds(REVIEW)
    with pytest.raises(ValidationError, match="frozen"):
        waiver.until = date.max


@pytest.mark.harm("waiver-expires")
def test_a_waiver_without_an_end_is_there_two_years_later(output: Output) -> None:
    """What was let through for a while is let through two years later, and nobody is asked."""
    rows = [f"{'':10}  {'no end':9}  with an end"]
    failing = found(backups="fail")
    assert not waivers_dont.may_go(found(rollback="fail"))
    for day in (REVIEW, date(2027, 2, 16), date(2028, 11, 23)):
        decided = verdict(failing, waivers(), day)
        went = waivers_dont.may_go(failing)
        assert went
        assert (decided.answer == Answer.NO_GO) == (day > REVIEW)
        rows.append(f"{day}  {'go' if went else 'no-go':9}  {decided.answer}")
    output.check("readiness/review/waivers_dont.out", "\n".join(rows))


@pytest.mark.proves("outside-review")
def test_the_report_names_everything() -> None:
    """The report has every field, four people, and the next review within a year."""
    "readiness/review/review.md"
    text = (FOLDER / "review.md").read_text("utf-8")
    fields = dict(re.findall(r"^([A-Z][a-z -]+): (.+)$", text, re.MULTILINE))
    people = [fields[x] for x in ("Service owner", "Other team", "Security", "On-call")]
    held = date.fromisoformat(fields["Date"][:10])
    following = date.fromisoformat(fields["Next review"])
    tier, objective = re.findall(r"[\d.]+", fields["Tier"])
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert {"Read before", "Result"} < fields.keys()
    assert 4 == len(set(people))
    assert timedelta() < following - held < timedelta(days=366)
    assert int(tier) == tier_of(float(objective) / 100)
    assert ["What does not pass", "Actions", "Walked through"] == sections


@pytest.mark.proves("outside-review")
def test_the_report_says_what_the_function_says() -> None:
    """The result of the report follows from its table and the waivers, and each waiver has an action."""
    "readiness/review/review.md"
    text = (FOLDER / "review.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z-]+) \| (fail|manual) \| (.+) \|$", text, re.MULTILINE)
    decided = verdict(
        found(**{item: seen for item, seen, _ in rows}), waivers(), REVIEW
    )
    first = min(each.until for each in waivers())

    assert decided.waived == {item: waiver for item, _, waiver in rows}
    assert {} == decided.refused
    assert f"\nResult: {decided.answer}, until {first}\n" in text
    for each in waivers():
        assert f"- [ ] {each.owner}, {each.until}: " in text
