# ruff: noqa: S101 # a test asserts
"""Tests of what sending an order costs."""

from decimal import Decimal

from snippets.code_review.reviewing.shipping import shipping


def test_a_large_order_is_free() -> None:
    """Above 50 euros sending costs nothing, below it does."""
    assert shipping(Decimal(100)) == 0
    assert shipping(Decimal(10)) == Decimal("5.00")


def test_exactly_50_is_free() -> None:
    """At 50 euros sending costs nothing, a cent below it does."""
    assert shipping(Decimal("50.00")) == 0
    assert shipping(Decimal("49.99")) > 0
