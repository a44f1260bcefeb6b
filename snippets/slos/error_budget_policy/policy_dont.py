"""Stop everything when the budget is spent."""


def may_go_out(left: float) -> bool:
    """Tell whether there may be a release.

    Args:
        left: The share of the budget that is left.
    """
    return not left <= 0
