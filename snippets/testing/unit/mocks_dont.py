"""Mocks that say what the author of a draft believes."""

from typing import Any

from snippets.testing.unit.checkout_dont import NoUseLeftError


def believe_renamed(codes: Any) -> None:  # noqa: ANN401 # any mock
    """Make the method that the draft calls."""
    codes.use.side_effect = [True, True, False]


def believe_trusting(codes: Any) -> None:  # noqa: ANN401 # any mock
    """Raise what the draft expects."""
    codes.redeem.side_effect = [True, True, NoUseLeftError]
