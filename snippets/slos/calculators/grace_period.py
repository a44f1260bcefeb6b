"""Whether preStop, drain and flush fit into the grace period."""

from collections.abc import Mapping

from snippets.resilience.shutdown_on_kubernetes.budget import Budget
from snippets.slos.calculators.typed import SECONDS, Limit, read

GRACE = Limit(
    "Type whole seconds from 1 to 86400, such as 30.",
    low=1,
    high=86400,
    whole=True,
)


def grace_period(typed: Mapping[str, str]) -> dict[str, float]:
    """Give the seconds that are left, and whether that is enough.

    Args:
        typed: `preStop`, `drain`, `flush` and `grace`, in seconds.

    Raises:
        RefusedError: A field has no answer.
    """
    budget = Budget(
        pre_stop=read(typed, "preStop", SECONDS),
        drain=read(typed, "drain", SECONDS),
        flush=read(typed, "flush", SECONDS),
        grace=read(typed, "grace", GRACE),
    )
    spare = round(budget.spare, 6)
    return {"spare": spare, "fits": spare > 0}
