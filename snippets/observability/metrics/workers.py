"""Two workers on one port, and one set of numbers."""

import os
from tempfile import TemporaryDirectory

import uvicorn


def main() -> None:
    """Serve with workers that share the files of their metrics."""
    with TemporaryDirectory() as shared:  # empty at every start
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        uvicorn.run(
            "snippets.observability.metrics.service:app",
            port=int(os.environ["PORT"]),
            workers=2,
        )


if __name__ == "__main__":
    main()
