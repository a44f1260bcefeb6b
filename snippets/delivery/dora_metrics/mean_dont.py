"""The lead time as a mean."""

from collections.abc import Sequence
from datetime import timedelta

from snippets.delivery.dora_metrics.log import Deployment


def lead_time(deployments: Sequence[Deployment]) -> timedelta:
    """Average the time from commit to production."""
    waited = [each for one in deployments for each in one.waited]
    return sum(waited, timedelta()) / len(waited)
