# ruff: noqa: S101 # tests
"""Tests that begin with the limits as they are read."""

from collections.abc import Iterator

import pytest

from snippets.testing.flaky_tests.accounts import (
    lend,
    limits,
    may_spend,
)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    limits.cache_clear()
    yield
    limits.cache_clear()


def test_a_loan_is_spent() -> None:
    """Whoever borrows may spend more."""
    lend("ben", 10)

    assert may_spend("ben", 60)


def test_beyond_the_limit() -> None:
    """Nobody spends more than they may."""
    assert not may_spend("ben", 51)
