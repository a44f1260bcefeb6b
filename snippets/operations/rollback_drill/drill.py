"""Time a rollback while users ask."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from threading import Event
from time import monotonic


@dataclass(frozen=True)
class Drill:
    """What a rollback cost.

    Attributes:
        seconds: From the order until every answer was good.
        asked: How many times users asked until then, and once before.
        failed: How many of these got no answer.
    """

    seconds: float
    asked: int
    failed: int


def drill(
    ask: Callable[[], str | None],
    wanted: str,
    go_back: Callable[[], object],
    enough: int = 50,
) -> Drill:
    """Go back while somebody asks without a pause.

    Args:
        ask: Asks as a user, and gives the release that answered, or
            nothing where it failed.
        wanted: The release to go back to.
        go_back: Does what the runbook says.
        enough: How often users ask after the last step.

    Raises:
        RuntimeError: It is over, and another release still answers.
        Exception: What asking or going back raised.
    """
    seen: list[tuple[float, str | None]] = []
    first, over = Event(), Event()

    def users() -> None:
        after = 0
        try:
            while after < enough:
                after += over.is_set()
                answer = ask()
                seen.append((monotonic(), answer))
                first.set()
        finally:
            first.set()

    with ThreadPoolExecutor() as pool:
        asking = pool.submit(users)
        first.wait()
        begun = monotonic()
        try:
            go_back()
        finally:
            over.set()
        asking.result()
    good = [*takewhile(lambda one: one[1] == wanted, reversed(seen))]
    if not good:
        raise RuntimeError(f"{seen[-1][1]} answers, not {wanted}")
    before = seen[: len(seen) - len(good)]
    failed = sum(answer is None for _, answer in before)
    return Drill(max(0.0, good[-1][0] - begun), len(before), failed)
