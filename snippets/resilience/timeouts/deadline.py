"""The time that is left travels with the request."""

import asyncio
from contextvars import ContextVar
from math import inf
from time import monotonic

import httpx
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from snippets.resilience.structured_errors.problems import problem

HEADER = "x-envoy-expected-rq-timeout-ms"
_ends: ContextVar[float] = ContextVar("deadline", default=inf)


def left(limit: float) -> float:
    """Give a limit in seconds, or what is left if that is less.

    Raises:
        TimeoutError: Nothing is left: do not begin.
    """
    seconds = min(limit, _ends.get() - monotonic())
    if seconds <= 0:
        raise TimeoutError
    return seconds


async def call(
    client: httpx.AsyncClient, url: str, limit: float
) -> httpx.Response:
    """Ask another service, and tell it how long we shall wait.

    Args:
        client: Who asks.
        url: What is asked for.
        limit: Seconds that this call may take at most.

    Raises:
        TimeoutError: The time is up, before the call or during it.
    """
    seconds = left(limit)
    told = {HEADER: str(int(seconds * 1000))}
    async with asyncio.timeout(seconds):
        return await client.get(url, headers=told)


class Deadline:
    """End each request when its caller has stopped waiting.

    Args:
        app: The application.
        limit: Seconds for a request that names none, or names more.
    """

    def __init__(self, app: ASGIApp, limit: float) -> None:
        self.app = app
        self.limit = limit

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Set the deadline, and answer 504 when it has passed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope).get(HEADER, "")
        known = int(told) / 1000 if told.isdecimal() else inf
        _ends.set(monotonic() + min(self.limit, known))
        begun = False
        try:
            async with asyncio.timeout(left(self.limit)) as ending:

                async def sent(message: Message) -> None:
                    nonlocal begun
                    begun = True
                    await send(message)
                    body = message["type"] == "http.response.body"
                    if body and not message.get("more_body"):
                        ending.reschedule(None)  # the caller has it

                await self.app(scope, receive, sent)
        except TimeoutError:
            if begun or (
                monotonic() < _ends.get() and not ending.expired()
            ):
                raise  # too late for a 504, or a limit of another call
            answer = problem(504, "deadline", "The time was up.")
            await answer(scope, receive, send)
