"""What an objective leaves: time of full outage, and requests."""

from collections.abc import Mapping

from snippets.slos.calculators.typed import (
    OBJECTIVE,
    Limit,
    exact,
    read,
)
from snippets.slos.error_budgets.budget import DAY, budget, outage

WINDOWS = {
    "1 day": 1,
    "7 days": 7,
    "28 days": 28,
    "30 days": 30,
    "average month": 365 / 12,
    "365 days": 365,
}
RATE = Limit(
    "Type requests a second above 0, 1000000 at most, or nothing.",
    low=0,
    high=1_000_000,
    but=(0,),
)


def error_budget(typed: Mapping[str, str]) -> dict[str, float | None]:
    """Give the budget of each window.

    Args:
        typed: `slo`, the objective in percent, and `rate`, the
            requests of a second, which may be empty.

    Returns:
        Seconds of full outage, and failed requests.

    Raises:
        RefusedError: A field has no answer.
    """
    slo = read(typed, "slo", OBJECTIVE) / 100
    rate = None
    if typed["rate"].strip():
        rate = read(typed, "rate", RATE)
    results: dict[str, float | None] = {}
    for name, days in WINDOWS.items():
        period = days * DAY
        results[f"outage {name}"] = exact(outage(slo, period))
        results[f"failures {name}"] = (
            None if rate is None else exact(budget(slo, rate * period))
        )
    return results
