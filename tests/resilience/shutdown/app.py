"""The routes of routes.go in Python, for a server of the page; `traced` if told to.

Its first argument is the file of the server: `serving` or `defaults_dont`.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from snippets.observability.structured_logging.json_lines import configure_logging
from snippets.observability.three_pillars.observed import observed
from snippets.resilience.graceful_shutdown import defaults_dont, serving


@asynccontextmanager
async def flushing(_app: FastAPI) -> AsyncIterator[None]:
    """Have something to flush in the end."""
    yield
    say("flushed")


app = observed() if "traced" in sys.argv else FastAPI(lifespan=flushing)
gate = asyncio.Event()
holding = 0


def say(line: str) -> None:
    """Write a line that no other splits."""
    os.write(1, f"{line}\n".encode())


def accept(number: str, more: str = "") -> None:
    """Say that a handler has been called; the first one listens for the test."""
    if holding <= 1:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, gate.set)
    say(f"accepted {number}{more}")


@app.get("/quick/{number}")
@app.post("/orders/{number}")
async def order(number: str, request: Request) -> str:
    """Read the whole body."""
    accept(number)
    await request.body()
    return number


@app.get("/held/{number}")
async def hold(number: str) -> str:
    """Wait until the test has said that the work is done."""
    global holding  # noqa: PLW0603 # one process, one count
    holding += 1
    accept(number, f" holding {holding}")
    await gate.wait()
    return number


@app.get("/stream/{number}")
async def stream(number: str) -> StreamingResponse:
    """Answer in two parts, and listen for a hang-up between them."""

    async def parts() -> AsyncIterator[str]:
        yield number
        await gate.wait()
        yield number

    accept(number)
    return StreamingResponse(parts())


@app.get("/endless/{number}")
async def endless(number: str) -> None:
    """Do not come back, unless cancelled."""
    accept(number)
    await asyncio.Event().wait()


@app.get("/stuck/{number}")
def stuck(number: str) -> None:
    """Do not come back: a thread cannot be cancelled."""
    say(f"accepted {number}")
    threading.Event().wait()


if __name__ == "__main__":
    if sys.argv[1] == "serving":
        configure_logging()
        serving.serve(app)
    else:
        defaults_dont.serve(app)
