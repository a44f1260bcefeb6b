"""A service that knows where it lives."""

import uvicorn

from snippets.twelve_factor.port_binding.web import app


def main() -> None:
    """Serve it where it has always been."""
    uvicorn.run(app, host="127.0.0.1", port=8099)


if __name__ == "__main__":
    main()
