"""A canary that is compared with the numbers of yesterday."""

from snippets.delivery.deployment_strategies.canary import (
    RULE,
    Decision,
    Served,
)


def decide_by_yesterday(yesterday: Served, canary: Served) -> Decision:
    """Abort what fails twice as often as the last version did."""
    if canary.requests < RULE.least:
        return Decision.WAIT
    usual = yesterday.failures / yesterday.requests
    if canary.failures / canary.requests > 2 * usual:
        return Decision.ABORT
    return Decision.PROMOTE
