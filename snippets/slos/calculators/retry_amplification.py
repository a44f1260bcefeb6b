"""How many calls become of one request, when all of them fail."""

from collections.abc import Mapping

from snippets.slos.calculators.typed import Limit, exact, read

FEW = Limit(
    "Type a whole number from 1 to 10.",
    low=1,
    high=10,
    whole=True,
)
SHARE = Limit(
    "Type a percentage from 0 to 100, such as 10.",
    low=0,
    high=100,
)


def retry_amplification(typed: Mapping[str, str]) -> dict[str, float]:
    """Give the calls that each layer makes of one request.

    Args:
        typed: `layers` that retry, `tries` of each, the first one
            included, and `share`, the percentage of its requests
            that a layer may repeat.

    Returns:
        Calls of each layer, the lowest last, and of all: without the
        budget, and `held` by it.

    Raises:
        RefusedError: A field has no answer.
    """
    layers = int(read(typed, "layers", FEW))
    tries = read(typed, "tries", FEW)
    held = min(tries, 1 + read(typed, "share", SHARE) / 100)
    powers = range(1, layers + 1)
    results = {
        "all": sum(tries**power for power in powers),
        "all held": exact(sum(held**power for power in powers)),
    }
    for power in powers:
        results[f"layer {power}"] = tries**power
        results[f"held {power}"] = exact(held**power)
    return results
