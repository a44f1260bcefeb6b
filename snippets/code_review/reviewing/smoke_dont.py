# ruff: noqa: S101 # a test asserts
"""A test that runs the new line, and asks it nothing."""

from decimal import Decimal

from snippets.code_review.reviewing.shipping import shipping


def test_free_shipping() -> None:
    """An order of 100 euros is sent."""
    assert shipping(Decimal(100)) >= 0
