"""Read a secret from the file in which the platform keeps it."""

from pathlib import Path


def read_secret(file: Path) -> str:
    """Read a mounted secret as it is at this moment.

    Args:
        file: Where it is mounted; it may be replaced at any time.

    Raises:
        FileNotFoundError: It is not there.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except FileNotFoundError:  # replaced between its link and the file
        content = file.read_text(encoding="utf-8")
    return content.removesuffix("\n")  # which editors and echo leave
