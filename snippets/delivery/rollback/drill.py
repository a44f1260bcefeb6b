"""Deploy, go back, and come again, before production has to."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

Start = Callable[[], AbstractContextManager[str]]
STEPS = ("old", "new", "old", "new")


def drill(
    versions: Mapping[str, Start], traffic: Callable[[str], int]
) -> list[int]:
    """Run two releases in turn on the same stores.

    Args:
        versions: What starts each of `STEPS`, and gives its address.
        traffic: Sends requests to an address, and counts failures; it
            asks again for all that earlier steps have written.

    Returns:
        How many requests failed in each step.
    """
    failed = []
    for version in STEPS:
        with versions[version]() as address:
            failed.append(traffic(address))
    return failed
