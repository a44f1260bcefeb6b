"""How fast a budget burns, and which alert notices it when."""

import math
from collections.abc import Mapping

from snippets.slos.burn_rate_alerts.windows import PAIRS
from snippets.slos.calculators.typed import (
    OBJECTIVE,
    Limit,
    RefusedError,
    exact,
    read,
)
from snippets.slos.error_budgets.budget import (
    DAY,
    burn_rate,
    lasts,
    spent,
)

WINDOWS = ("1 h", "6 h", "1 d", "3 d")  # the long ones of the pairs
LEVELS = {
    "burn": Limit(
        "Type a burn rate above 0, such as 14.4.",
        low=0,
        high=math.inf,
        but=(0,),
    ),
    "errors": Limit(
        "Type a percentage above 0, 100 at most, such as 2.",
        low=0,
        high=100,
        but=(0,),
    ),
}
DAYS = Limit(
    "Type whole days from 1 to 366, such as 30.",
    low=1,
    high=366,
    whole=True,
)
TOO_FAST = (
    "No more than 100 % of the requests can fail:"
    " type a lower burn rate."
)


def burning(typed: Mapping[str, str]) -> dict[str, float | None]:
    """Give what happens while errors go on as they are.

    Args:
        typed: `slo`, the objective in percent; `measure`, which is
            `burn` or `errors`, and its `level`, as a burn rate or in
            percent; and `days` that the budget is for.

    Returns:
        The burn rate, and the most that the objective allows; the
        errors in percent; the seconds until the budget is spent; and
        of each alert, by its long window: its factor, the percentage
        above which it fires, whether that is possible at all, the
        seconds until it does, the percentage of the budget spent by
        then, and the seconds until it ends when the errors have.

    Raises:
        RefusedError: A field has no answer.
    """
    slo = read(typed, "slo", OBJECTIVE) / 100
    measure = typed["measure"]
    level = read(typed, "level", LEVELS[measure])
    period = read(typed, "days", DAYS) * DAY
    most = exact(burn_rate(1, slo))
    burn = exact(
        level if measure == "burn" else burn_rate(level / 100, slo)
    )
    if burn > most:
        raise RefusedError("level", TOO_FAST)
    results: dict[str, float | None] = {
        "burn": burn,
        "most": most,
        "errors": exact(100 * burn / most),
        "exhausted": exact(lasts(burn, period)),
    }
    for name, pair in zip(WINDOWS, PAIRS, strict=True):
        factor = exact(pair.factor(period))
        after = pair.fires_after(burn, period)
        gone = None if after is None else spent(burn, after, period)
        results |= {
            f"factor {name}": factor,
            f"above {name}": exact(100 * factor / most),
            f"possible {name}": pair.can_fire(slo, period),
            f"after {name}": after,
            f"spent {name}": None if gone is None else 100 * gone,
            f"ends {name}": pair.ends_after(burn, period),
        }
    return results
