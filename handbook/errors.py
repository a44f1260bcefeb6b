"""What a reader of the terminal is told."""


class HandbookError(Exception):
    """Bad input: the message is one line that says what, where and how to mend it."""
