"""Whoever is on call alone has led incidents, and not only waited for them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from snippets.mentoring.on_call_shadowing.ready import Page, lacks, quiet
from snippets.mentoring.on_call_shadowing.ready_dont import WEEKS, is_ready

if TYPE_CHECKING:
    from handbook.outputs import Output

SEEN, LED, HELPED = Page("shadow"), Page("reverse"), Page("reverse", taken_over=True)


@pytest.mark.proves("shadow-then-lead")
@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([], ["watch 3 more, or drills", "lead 2 more that nobody takes over"]),
        ([SEEN] * 2 + [LED] * 2, ["watch 1 more, or drills"]),
        ([SEEN] * 3 + [LED], ["lead 1 more that nobody takes over"]),
        ([SEEN] * 3 + [LED] * 2, []),
        ([SEEN] * 3 + [HELPED] + [LED] * 2, []),
        ([SEEN] * 3 + [LED] * 2 + [HELPED], ["lead 2 more that nobody takes over"]),
        ([LED, SEEN, SEEN, LED, SEEN], []),
        ([SEEN] * 3 + [HELPED], ["lead 2 more that nobody takes over"]),
    ],
)
def test_what_is_yet_to_do(pages: list[Page], expected: list[str]) -> None:
    """Three are watched and the last two are led without help, in whatever order."""
    assert expected == lacks(pages)


@pytest.mark.proves("shadow-then-lead")
def test_the_chance_of_a_quiet_month_is_that_of_chance() -> None:
    """The formula agrees with 20,000 months in which pages came by chance."""
    dice = random.Random(7)  # noqa: S311 # no secret
    months = 20_000
    none = sum(dice.expovariate(0.5) > 4 for _ in range(months))

    assert abs(none / months - quiet(0.5, 4)) < 0.01
    assert 1 == quiet(0, 4)


@pytest.mark.harm("shadow-then-lead")
def test_the_calendar_lets_somebody_go_who_has_seen_nothing(output: Output) -> None:
    """After four quiet weeks the calendar says ready, of somebody who has seen no page."""
    rows = [
        "four weeks as a shadow, no page, no drill",
        f"by the calendar   {'ready' if is_ready(WEEKS) else 'not yet'}",
        f"by what was done  {'; '.join(lacks([]))}",
        "",
        "pages a month  of 100 shadows, have seen none after four weeks",
        *(f"{n:13}  {100 * quiet(n / 4, WEEKS):.0f}" for n in (8, 4, 2, 1)),
    ]

    assert is_ready(WEEKS)
    assert lacks([])
    output.check("mentoring/on_call_shadowing/ready_dont.out", "\n".join(rows))
