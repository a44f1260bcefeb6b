"""What the orders service promises, and the rules that watch it."""

from functools import partial

from snippets.slos.burn_rate_alerts.rules import Objective
from snippets.slos.slis.indicators import failed, slow

OBJECTIVES = (
    Objective("orders-availability", 0.999, partial(failed, "orders")),
    Objective("orders-latency", 0.95, partial(slow, "orders")),
)
