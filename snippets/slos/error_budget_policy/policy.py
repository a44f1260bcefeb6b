"""What the policy orders at a given budget."""

from enum import StrEnum


class Change(StrEnum):
    """What a release does."""

    FEATURE = "feature"
    P0_FIX = "P0 fix"
    SECURITY_FIX = "security fix"
    ROLLBACK = "rollback"


class Release(StrEnum):
    """How a release may go out."""

    FREELY = "all"
    CANARY = "all, with a canary"
    APPROVED = "all, with a canary and a second approval"
    EXEMPT = "P0 fixes and security fixes only"


THRESHOLDS = ((0.5, Release.FREELY), (0.25, Release.CANARY))
EXEMPT = {Change.P0_FIX, Change.SECURITY_FIX, Change.ROLLBACK}


def ordered(*left: float | None) -> Release:
    """Give what the policy orders.

    Args:
        left: The share of each objective's budget that is left;
            nothing, or NaN, where nobody knows.
    """
    known = [each for each in left if each is not None]
    if not left or not all(each > 0 for each in known):
        return Release.EXEMPT  # NaN is not above 0 either
    if len(known) < len(left):
        return Release.EXEMPT
    worst = min(known)
    for least, order in THRESHOLDS:
        if worst >= least:
            return order
    return Release.APPROVED


def may_go_out(change: Change, *left: float | None) -> bool:
    """Tell whether a change may be released at all.

    Args:
        change: What it does.
        left: The share of each objective's budget that is left.
    """
    return change in EXEMPT or ordered(*left) is not Release.EXEMPT
