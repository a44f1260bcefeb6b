"""What an objective leaves, by numbers that everybody quotes."""

import pytest

from snippets.slos.error_budgets.budget import (
    DAY,
    HOUR,
    MINUTE,
    budget,
    burn_rate,
    lasts,
    outage,
    spent,
)


def test_three_nines() -> None:
    """99.9 % leaves 43.2 minutes of 30 days, 8.76 hours of a year, and 1 of 1,000."""
    assert 43.2 * MINUTE == pytest.approx(outage(0.999))
    assert 8.76 * HOUR == pytest.approx(outage(0.999, 365 * DAY))
    assert 1 == pytest.approx(budget(0.999, 1000))


def test_a_burn_rate_is_a_multiple_of_what_is_allowed() -> None:
    """At 14.4 the budget lasts 50 hours, and an hour of it spends a fiftieth."""
    burn = burn_rate(0.0144, 0.999)

    assert 14.4 == pytest.approx(burn)
    assert 50 * HOUR == pytest.approx(lasts(burn))
    assert 0.02 == pytest.approx(spent(burn, HOUR))
