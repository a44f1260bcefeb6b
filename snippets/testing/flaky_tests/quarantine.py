"""Let a test fail until a day, if somebody answers for it."""

from datetime import UTC, date, datetime, timedelta

import pytest

LONGEST = timedelta(days=14)
MARKER = "quarantine(owner, reason, until): may fail until a day"


def fault(*, owner: str, reason: str, until: str, today: date) -> str:
    """Say why a test may not be in quarantine; nothing if it may.

    Args:
        owner: Who mends it or deletes it.
        reason: What was seen, and where its log is.
        until: The last day, as 2027-01-31.
        today: The date.

    Raises:
        ValueError: The last day is none.
    """
    last = date.fromisoformat(until)
    if not owner or not reason:
        return "quarantine without an owner or a reason"
    if last < today:
        return f"over since {until}: {owner}, mend or delete it"
    if last > today + LONGEST:
        return f"{until} is more than {LONGEST.days} days away"
    return ""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Run what is in quarantine, and let it fail in time."""
    if mark := item.get_closest_marker("quarantine"):
        today = datetime.now(UTC).date()
        if complaint := fault(**mark.kwargs, today=today):
            pytest.fail(complaint, pytrace=False)
        reason = "{owner}: {reason}".format(**mark.kwargs)
        item.add_marker(pytest.mark.xfail(reason=reason, strict=False))
