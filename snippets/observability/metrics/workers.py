"""Two workers on one port, and one set of numbers."""

import os
import sys
from tempfile import TemporaryDirectory

import uvicorn


def main(app: str) -> None:
    """Serve with workers that share the files of their metrics.

    Args:
        app: Where it is, as `module:name`.
    """
    with TemporaryDirectory() as shared:  # empty at every start
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        uvicorn.run(
            app,
            port=int(os.environ["PORT"]),
            workers=2,
        )


if __name__ == "__main__":
    main(sys.argv[1])
