"""Say from the calendar whether somebody goes on call alone."""

WEEKS = 4


def is_ready(weeks_as_shadow: int) -> bool:
    """Let everybody go who has watched for four weeks."""
    return weeks_as_shadow >= WEEKS
