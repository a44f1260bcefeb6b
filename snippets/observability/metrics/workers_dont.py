"""Two workers on one port, each with numbers of its own."""

import os

import uvicorn


def main() -> None:
    """Serve with workers that know nothing of one another."""
    uvicorn.run(
        "snippets.observability.metrics.service:app",
        port=int(os.environ["PORT"]),
        workers=2,
    )


if __name__ == "__main__":
    main()
