"""Decide about a canary from what it and its control have served."""

from dataclasses import dataclass
from enum import Enum
from math import log


class Decision(Enum):
    """What to do with a canary."""

    PROMOTE = "promote"
    ABORT = "abort"
    WAIT = "wait"


@dataclass(frozen=True)
class Rule:
    """What decides about a canary, written before the release."""

    worse: float = 2.0  # times as many failures: too bad
    false_alarm: float = 0.01  # good canaries that may be aborted
    miss: float = 0.01  # worse canaries that may be promoted
    least: int = 1_000  # requests of each, before it is promoted
    enough: int = 20_000  # requests of each, and waiting ends
    outage: float = 0.05  # of the control fails: nothing is learned


RULE = Rule()


@dataclass(frozen=True)
class Served:
    """What one version has done since both were started.

    Attributes:
        requests: That were sent to it.
        failures: Of those, failed, late or never answered.
    """

    requests: int
    failures: int


def evidence(control: Served, canary: Served, times: float) -> float:
    """Weigh "fails more often" against "fails as often".

    Args:
        control: The old version, started with the canary.
        canary: The new version.
        times: How much more often.

    Returns:
        The logarithm of the likelihood ratio of the two; each failure
        is a coin, and says in which of them it is likelier to land
        where it did.
    """
    same = canary.requests / (canary.requests + control.requests)
    worse = times * same / (times * same + 1 - same)
    against = canary.failures * log(worse / same)
    return against + control.failures * log((1 - worse) / (1 - same))


def decide(
    control: Served, canary: Served, rule: Rule = RULE
) -> Decision:
    """Say what to do now; ask as often as you like.

    Args:
        control: The old version, started with the canary.
        canary: The new version.
        rule: What was agreed before the release.
    """
    served = min(control.requests, canary.requests)
    out = control.failures > rule.outage * control.requests
    if not served or out:
        return Decision.WAIT
    weight = evidence(control, canary, rule.worse)
    if weight >= log(1 / rule.false_alarm):
        return Decision.ABORT
    good = weight <= log(rule.miss) or served >= rule.enough
    if good and served >= rule.least:
        return Decision.PROMOTE
    return Decision.WAIT
