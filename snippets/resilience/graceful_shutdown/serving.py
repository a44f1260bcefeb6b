"""Serve until told to stop, then finish what was accepted."""

import asyncio
import os
import signal
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI, HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

READ = float(os.environ.get("READ_SECONDS", "5"))
DRAIN = float(os.environ.get("DRAIN_SECONDS", "10"))
FLUSH = float(os.environ.get("FLUSH_SECONDS", "5"))
IDLE = int(os.environ.get("IDLE_SECONDS", "75"))


class Server(uvicorn.Server):
    """A uvicorn whose end has a limit, which a second signal moves to now.

    Attributes:
        cut: How many requests were not finished.
    """

    def __init__(self, app: FastAPI) -> None:
        settings = uvicorn.Config(
            self.answer,
            interface="asgi3",
            host=os.environ.get("HOST", "127.0.0.1"),
            port=int(os.environ["PORT"]),
            log_config=None,
            access_log=False,
            reset_contextvars=True,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=DRAIN,  # type: ignore[arg-type] # asyncio takes it
        )
        super().__init__(settings)
        self.app = app
        self.cut = 0

    def handle_exit(self, _sig: int, _frame: FrameType | None) -> None:
        """Begin to drain; the next signal, or the alarm, ends it."""
        self.should_exit = True
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(each, end_now)
        signal.setitimer(signal.ITIMER_REAL, DRAIN + FLUSH)

    async def answer(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let the application answer, and count what it could not."""

        async def say_goodbye(message: Message) -> None:
            starts = message["type"] == "http.response.start"
            if starts and self.should_exit:
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        limited = (
            in_time(receive) if scope["type"] == "http" else receive
        )
        try:
            await self.app(scope, limited, say_goodbye)
        except asyncio.CancelledError:
            self.cut += 1
            raise


def in_time(receive: Receive) -> Receive:
    """Give up a request whose body stops arriving.

    Raises:
        HTTPException: 408; it was not there after `READ` seconds.
    """
    limit = asyncio.get_running_loop().time() + READ
    complete = False

    async def limited() -> Message:
        nonlocal complete
        if complete:
            return await receive()  # which waits for a hang-up
        try:
            async with asyncio.timeout_at(limit):
                message = await receive()
        except TimeoutError:
            bye = {"Connection": "close"}
            raise HTTPException(408, headers=bye) from None
        complete = not message.get("more_body", False)
        return message

    return limited


def end_now(_signal: int, _frame: FrameType | None) -> None:
    """End, whatever a thread or a task still does."""
    os._exit(1)


def serve(app: FastAPI) -> None:
    """Serve where the environment says, `HOST` and `PORT`.

    Raises:
        SystemExit: 0 when all was answered, 1 when something was cut.
    """
    server = Server(app)
    server.run()
    sys.exit(int(server.cut > 0))
