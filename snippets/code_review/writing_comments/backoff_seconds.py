"""How long a server asks to wait, if it says so in seconds."""


def retry_after(value: str) -> float:
    """Read how many seconds a server asks for.

    Args:
        value: The header, in seconds; empty if not sent.
    """
    if value.isascii() and value.isdecimal():
        return float(value)
    return 0.0
