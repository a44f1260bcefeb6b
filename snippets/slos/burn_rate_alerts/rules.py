"""Write the rule file of an objective."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import indent

from snippets.slos.burn_rate_alerts.windows import PAIRS, Pair
from snippets.slos.error_budgets.budget import PERIOD
from snippets.slos.slis.indicators import failed

UNITS = {
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}


@dataclass(frozen=True)
class Objective:
    """What a service promises.

    Attributes:
        name: Of the objective, as alerts carry it.
        slo: The share that must be good, such as 0.999.
        errors: Gives the share that is bad in a window, as PromQL.
        period: Over which it is judged, in seconds.
    """

    name: str
    slo: float
    errors: Callable[[str], str]
    period: float = PERIOD

    def __post_init__(self) -> None:
        """Refuse 99.9 for 0.999: its alerts would always fire."""
        if not 0 < self.slo < 1:
            raise ValueError(f"{self.name}: {self.slo:g} is no share")


def rules(objective: Objective, pairs: Sequence[Pair] = PAIRS) -> str:
    """Write a Prometheus rule file: the windows, and their alerts.

    Raises:
        ValueError: An alert could not fire if everything failed.
    """
    windows = {pair.short for pair in pairs} | {
        pair.long for pair in pairs
    }
    return "\n".join(
        [
            "groups:",
            f"  - name: {objective.name}",
            "    rules:",
            *(
                recording(objective, window)
                for window in sorted(windows)
            ),
            *(alert(objective, pair) for pair in pairs),
            "",
        ]
    )


def recording(objective: Objective, window: float) -> str:
    """Write the rule that records the share of errors in a window."""
    expression = indent(objective.errors(duration(window)), " " * 10)
    return f"""\
      - record: job:slo_errors:ratio_rate{duration(window)}
        labels: {{ slo: {objective.name} }}
        expr: |
{expression}"""


def alert(objective: Objective, pair: Pair) -> str:
    """Write the rule that tells somebody.

    Raises:
        ValueError: It could not fire if everything failed.
    """
    factor, allowed = pair.factor(objective.period), 1 - objective.slo
    if not pair.can_fire(objective.slo, objective.period):
        raise ValueError(
            f"{objective.name}: {factor:g} times {allowed:.6g} is over 1"
        )
    long, short = duration(pair.long), duration(pair.short)
    limit = f"{factor:g} * {allowed:.6g}"
    labels = f'{{slo="{objective.name}"}}'
    return f"""\
      - alert: BudgetBurns
        expr: |
          job:slo_errors:ratio_rate{long}{labels}
          > {limit}
          and
          job:slo_errors:ratio_rate{short}{labels}
          > {limit}
        labels: {{ severity: {pair.severity}, window: {long} }}
        annotations:
          summary: >-
            {{{{ $labels.job }}}}:
            {{{{ $value | humanizePercentage }}}} were bad in {long}
          runbook_url: https://runbooks.example.com/budget-burns"""


def duration(seconds: float) -> str:
    """Write a time as Prometheus does, such as 5m."""
    count = round(seconds * 1000)
    unit = next(u for u, size in UNITS.items() if count % size == 0)
    return f"{count // UNITS[unit]}{unit}"


ORDERS = Objective(
    "orders-availability", 0.999, partial(failed, "orders")
)
