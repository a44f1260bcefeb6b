"""A significance test, asked again at every look."""

from math import sqrt
from statistics import NormalDist

from snippets.delivery.deployment_strategies.canary import (
    RULE,
    Decision,
    Served,
)

SIGNIFICANT = 0.05


def decide_at_each_look(control: Served, canary: Served) -> Decision:
    """Abort as soon as the difference is significant, p < 0.05."""
    requests = control.requests + canary.requests
    share = (control.failures + canary.failures) / requests
    inverse = 1 / control.requests + 1 / canary.requests
    error = sqrt(share * (1 - share) * inverse)
    difference = (
        canary.failures / canary.requests
        - control.failures / control.requests
    )
    chance = 1 - NormalDist().cdf(difference / error) if error else 1
    if chance < SIGNIFICANT:
        return Decision.ABORT
    if canary.requests >= RULE.enough:
        return Decision.PROMOTE
    return Decision.WAIT
