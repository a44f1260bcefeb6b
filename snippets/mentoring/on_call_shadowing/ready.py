"""Say from what somebody has done whether they go on call alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final, Literal

WATCHED: Final = 3  # pages, or drills, seen from alert to end
LED: Final = 2  # with somebody behind them who did nothing


@dataclass(frozen=True)
class Page:
    """A page or a drill in which somebody took part.

    Attributes:
        role: `shadow` watches; `reverse` acts, and is watched.
        taken_over: Whether the one who watched had to act.
    """

    role: Literal["shadow", "reverse"]
    taken_over: bool = False


def lacks(pages: Sequence[Page]) -> list[str]:
    """Say what somebody has yet to do before they are on call alone.

    Args:
        pages: What they took part in, oldest first.

    Returns:
        One line for each thing; none if they go alone.
    """
    watched = sum(page.role == "shadow" for page in pages)
    led = [page for page in pages if page.role == "reverse"]
    alone = 0
    while alone < len(led) and not led[-1 - alone].taken_over:
        alone += 1
    faults = []
    if watched < WATCHED:
        faults.append(f"watch {WATCHED - watched} more, or drills")
    if alone < LED:
        faults.append(f"lead {LED - alone} more that nobody takes over")
    return faults


def quiet(pages_a_week: float, weeks: float) -> float:
    """Give the chance that no page comes, if pages come by chance.

    Args:
        pages_a_week: Their mean number.
        weeks: For how long.

    Source: the Poisson distribution, at zero.
    """
    return exp(-pages_a_week * weeks)
