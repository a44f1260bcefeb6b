"""A trace is kept as a whole, or not at all."""

from opentelemetry.sdk.trace.sampling import (
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)


def sampler(share: float) -> Sampler:
    """Decide at the first span, and let every other one follow.

    Args:
        share: Of the traces that begin here, from 0 to 1.
    """
    return ParentBased(TraceIdRatioBased(share))


def chance_of_none(share: float, failures: int) -> float:
    """Give the chance that no trace of a fault was kept.

    Args:
        share: Of traces that are kept, from 0 to 1.
        failures: Requests that failed.
    """
    return (1 - share) ** failures
