# ruff: noqa: S101 # a test
"""What the pauses between retries must be."""

from snippets.resilience.retries.backoff import full_jitter


def test_pauses() -> None:
    """The limit doubles from half a second, up to ten."""
    pauses = [
        full_jitter(failed, draw=lambda _low, high: high)
        for failed in range(1, 8)
    ]
    assert pauses == [0.5, 1, 2, 4, 8, 10, 10]
