"""The small package that makes the site honest."""


class HandbookError(Exception):
    """Bad input: the message is one line that says what, where and how to mend it."""
