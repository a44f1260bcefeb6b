"""Two workers on one port, each with numbers of its own."""

import os
import sys

import uvicorn


def main(app: str) -> None:
    """Serve with workers that know nothing of one another.

    Args:
        app: Where it is, as `module:name`.
    """
    uvicorn.run(
        app,
        port=int(os.environ["PORT"]),
        workers=2,
    )


if __name__ == "__main__":
    main(sys.argv[1])
