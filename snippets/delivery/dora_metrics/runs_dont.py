"""The change fail rate, from what the pipeline reports."""

from collections.abc import Sequence


def change_fail_rate(runs: Sequence[str]) -> float:
    """Give the share of pipeline runs that failed.

    Args:
        runs: How each ended, `passed` or `failed`.
    """
    return runs.count("failed") / len(runs)
