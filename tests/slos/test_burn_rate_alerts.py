"""The four pairs of windows of the Site Reliability Workbook."""

import pytest

from snippets.slos.burn_rate_alerts.windows import PAIRS


def test_the_factors_of_thirty_days() -> None:
    """2 % in 1 h, 5 % in 6 h, 10 % in 1 d and in 3 d are 14.4, 6, 3 and 1."""
    assert [14.4, 6, 3, 1] == [pair.factor() for pair in PAIRS]


def test_a_full_outage_is_told_after_52_seconds() -> None:
    """At 99.9 % everything that fails burns at 1,000, and no alert ends at once."""
    page, *_ = PAIRS

    assert 52 == round(page.fires_after(1000) or 0)
    assert 296 == round(page.ends_after(1000) or 0)
    assert page.fires_after(14.4) is page.ends_after(14.4) is None


@pytest.mark.parametrize(("slo", "can"), [(0.93, False), (0.931, True)])
def test_a_lax_objective_is_never_told(slo: float, *, can: bool) -> None:
    """14.4 times seven percent is more than everything."""
    assert can is PAIRS[0].can_fire(slo)
