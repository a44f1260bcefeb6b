"""When to be told that a budget burns."""

from dataclasses import dataclass

from snippets.slos.error_budgets.budget import (
    DAY,
    HOUR,
    MINUTE,
    PERIOD,
)


@dataclass(frozen=True)
class Pair:
    """Two windows that must both burn too fast.

    Attributes:
        share: Of the budget, that the long window may spend.
        long: How much of the past must be bad, in seconds.
        short: How recent it must be, in seconds.
        severity: Who is told.
    """

    share: float
    long: float
    short: float
    severity: str

    def factor(self, period: float = PERIOD) -> float:
        """Give the burn rate that spends the share in the window."""
        return round(self.share * period / self.long, 9)

    def fires_after(
        self, burn: float, period: float = PERIOD
    ) -> float | None:
        """Give the seconds of a steady burn until both exceed.

        Returns:
            Nothing when it never fires. Scraping and evaluation
            come on top.
        """
        if burn <= self.factor(period):
            return None
        return self.factor(period) * self.long / burn

    def ends_after(
        self, burn: float, period: float = PERIOD
    ) -> float | None:
        """Give the seconds from the last error until it is over.

        Returns:
            Nothing when it never fired.
        """
        if burn <= self.factor(period):
            return None
        return self.short * (1 - self.factor(period) / burn)

    def can_fire(self, slo: float, period: float = PERIOD) -> bool:
        """Tell whether a full outage burns fast enough to fire."""
        return round(self.factor(period) * (1 - slo), 9) < 1


PAIRS = (
    Pair(0.02, HOUR, 5 * MINUTE, "page"),
    Pair(0.05, 6 * HOUR, 30 * MINUTE, "page"),
    Pair(0.10, DAY, 2 * HOUR, "ticket"),
    Pair(0.10, 3 * DAY, 6 * HOUR, "ticket"),
)
