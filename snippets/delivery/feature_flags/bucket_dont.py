# ruff: noqa: S311 # the harm
"""Three ways to choose a tenth of the users, each wrong."""

from random import random

from snippets.delivery.feature_flags.bucket import bucket


def by_chance(_flag: str, _user: str, percent: float) -> bool:
    """Draw at every request."""
    return random() * 100 < percent


def by_hash(flag: str, user: str, percent: float) -> bool:
    """Take Python's own hash."""
    return hash((flag, user)) % 100 < percent


def by_user(_flag: str, user: str, percent: float) -> bool:
    """Put a user into the same bucket of every flag."""
    return bucket("", user) < percent * 100
