"""Processes that know nothing of one another serve one port."""

import logging
import os
import socket

import uvicorn

from snippets.twelve_factor.concurrency.web import app


def listen(port: int) -> socket.socket:
    """Take a port that other processes may take as well.

    Args:
        port: 0 takes one that is free.
    """
    return socket.create_server(("127.0.0.1", port), reuse_port=True)


def main() -> None:
    """Serve the port that the environment names."""
    config = uvicorn.Config(app)
    listener = listen(int(os.environ["PORT"]))
    logging.getLogger("uvicorn.error").info(
        "listening on http://127.0.0.1:%d", listener.getsockname()[1]
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
