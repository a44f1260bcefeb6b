"""A canary that is judged by its first ten requests."""

from snippets.delivery.deployment_strategies.canary import (
    Decision,
    Served,
)

LEAST = 10  # requests


def decide_early(control: Served, canary: Served) -> Decision:
    """Abort what has failed more than the control, after ten."""
    if canary.requests < LEAST:
        return Decision.WAIT
    if canary.failures > control.failures:
        return Decision.ABORT
    return Decision.PROMOTE
