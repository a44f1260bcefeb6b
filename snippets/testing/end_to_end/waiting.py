"""Wait for a state, and never for a time."""

from collections.abc import Callable
from time import monotonic, sleep


def eventually(
    ask: Callable[[], object], wanted: object, seconds: float = 30
) -> None:
    """Ask until the answer is the one that is wanted.

    Args:
        ask: Gives the state as it is now.
        wanted: The state to wait for.
        seconds: How long at the most; what is slower than this has
            failed for its users too.

    Raises:
        AssertionError: It never was; the message has the last answer.
    """
    end = monotonic() + seconds
    while (answer := ask()) != wanted:
        if monotonic() > end:
            message = f"{answer!r} after {seconds:g} s, not {wanted!r}"
            raise AssertionError(message)
        sleep(0.02)
