"""The service of the page, with a path that fails, and one that tells its number."""

import os

from snippets.twelve_factor.logs.service import app, main


@app.get("/crash")
def crash() -> None:
    """Fail."""
    raise RuntimeError("first line\nsecond line")


@app.get("/process")
def process() -> int:
    """Say which process answers."""
    return os.getpid()


if __name__ == "__main__":
    main()
