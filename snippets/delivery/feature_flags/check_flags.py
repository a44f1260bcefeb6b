# ruff: noqa: S101 # a test
"""The test that fails when a flag is over."""

import json
from datetime import UTC, datetime
from pathlib import Path

from snippets.delivery.feature_flags.expiry import faults

FLAGS = Path("flags.json")


def test_every_flag_is_in_order() -> None:
    """Each flag has a type, an owner and a last day to come."""
    config = json.loads(FLAGS.read_text(encoding="utf-8"))
    today = datetime.now(UTC).date()
    found = [*faults(config, today)]

    assert not found, found
