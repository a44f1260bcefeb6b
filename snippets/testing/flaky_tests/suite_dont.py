# ruff: noqa: S101 # tests
"""Tests that share the limits."""

from snippets.testing.flaky_tests.accounts import lend, may_spend


def test_within_the_limit() -> None:
    """An account spends what it may."""
    assert may_spend("ben", 50)


def test_a_loan_is_spent() -> None:
    """Whoever borrows may spend more."""
    lend("ben", 10)

    assert may_spend("ben", 60)


def test_beyond_the_limit() -> None:
    """Nobody spends more than they may."""
    assert not may_spend("ben", 51)


def test_each_has_a_limit_of_their_own() -> None:
    """One is not the other."""
    assert may_spend("ada", 100)
