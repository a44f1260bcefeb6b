# ruff: noqa: S101 # a test
"""What the pauses between retries must be."""

from snippets.resilience.retries.backoff import CAP, full_jitter


def test_pauses() -> None:
    """Each pause lies between nothing and the cap."""
    pauses = [
        full_jitter(failed, draw=lambda low, _high: low)
        for failed in range(1, 8)
    ]
    assert all(0 <= pause <= CAP for pause in pauses)
    assert pauses == sorted(pauses)
