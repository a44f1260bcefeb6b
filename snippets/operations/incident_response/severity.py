# ruff: noqa: PLR2004 # the limits are the policy
"""How bad an incident is, by what users feel."""

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """The lower, the worse."""

    SEV1 = 1
    SEV2 = 2
    SEV3 = 3
    SEV4 = 4


@dataclass(frozen=True)
class Impact:
    """What users feel, over the window of the alert.

    Attributes:
        failing: Share of requests that fail, 0 to 1.
        key_journey: Whether it is one that earns the money.
        data_at_risk: Whether data may be lost, wrong or seen.
        slo: The share that is promised to go well, 0 to 1.
    """

    failing: float
    key_journey: bool
    data_at_risk: bool = False
    slo: float = 0.999

    @property
    def burn(self) -> float:
        """How many times faster than allowed the budget goes."""
        return round(self.failing / (1 - self.slo), 6)


def severity(impact: Impact) -> Severity:
    """Name the severity of an incident.

    Where two rules fit, the worse one counts. The limits are the
    burn rates that page: 14.4 and 6.

    Args:
        impact: What users feel.
    """
    if impact.data_at_risk:
        return Severity.SEV1
    if impact.failing >= 0.5 and impact.key_journey:
        return Severity.SEV1
    if impact.burn >= 14.4:
        return Severity.SEV2
    if impact.burn >= 6:
        return Severity.SEV3
    return Severity.SEV4
