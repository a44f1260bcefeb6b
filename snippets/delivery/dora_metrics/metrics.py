"""The five metrics of DORA, from a log of deployments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, sqrt

from snippets.delivery.dora_metrics.log import Deployment

WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    some: int
    all: int

    def between(self) -> tuple[float, float]:
        """Give the 95 % interval of Wilson for the share."""
        z, n, p = 1.96, self.all, self.some / self.all
        middle = p + z * z / (2 * n)
        width = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        return (middle - width) / scale, (middle + width) / scale


@dataclass(frozen=True)
class Metrics:
    """How one service is delivered.

    Attributes:
        lead_time: From commit to production, of half the commits.
        lead_time_90: The same, of nine in ten.
        per_week: Deployments.
        recovery_time: From a failed deployment until users were
            served again, of half of them; nothing if none failed.
        change_fail: Deployments after which somebody had to act.
        rework: Deployments that an incident made necessary.
    """

    lead_time: timedelta
    lead_time_90: timedelta
    per_week: float
    recovery_time: timedelta | None
    change_fail: Share
    rework: Share


def within(times: Sequence[timedelta], percent: int) -> timedelta:
    """Give the time within which so many percent were done.

    Args:
        times: One at least.
        percent: From 1 to 100.
    """
    return sorted(times)[ceil(len(times) * percent / 100) - 1]


def measure(
    deployments: Sequence[Deployment], period: timedelta
) -> Metrics:
    """Compute the five.

    Args:
        deployments: Of one service, in the period.
        period: How long that was, days without deployments included.

    Raises:
        ValueError: There was no deployment, or a failed one has not
            recovered.
    """
    if not deployments:
        raise ValueError("no deployment: there is nothing to measure")
    waited = [each for one in deployments for each in one.waited]
    failed = [each for each in deployments if each.failed]
    recovered = [
        each.recovered for each in failed if each.recovered is not None
    ]
    if len(recovered) < len(failed):
        raise ValueError("one has not recovered: add when it did")
    unplanned = sum(each.unplanned for each in deployments)
    return Metrics(
        lead_time=within(waited, 50),
        lead_time_90=within(waited, 90),
        per_week=len(deployments) / (period / WEEK),
        recovery_time=within(recovered, 50) if recovered else None,
        change_fail=Share(len(failed), len(deployments)),
        rework=Share(unplanned, len(deployments)),
    )
