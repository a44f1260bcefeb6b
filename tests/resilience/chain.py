"""One of three services that stand in line, each calling the next in two ways."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router

from snippets.resilience.timeouts import calls_dont, deadline

NEXT = os.environ["NEXT"]
LIMIT = 2.0
WAYS = "deadlines", "anew"
clients: list[httpx.AsyncClient] = []
turns = {way: asyncio.Semaphore(0) for way in WAYS}  # others are being served
seen: dict[str, dict[str, list[str | None]]] = {
    way: {"told": [], "ended": [], "done": []} for way in WAYS
}


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Keep one client."""
    async with httpx.AsyncClient() as client:
        clients.append(client)
        yield


async def read(request: Request) -> Response:
    """Ask the next service, or do the work when it is our turn."""
    way = request.url.path.split("/")[1]
    told = request.headers.get(deadline.HEADER)
    seen[way]["told"].append(told)
    url = f"{NEXT}/{way}/orders"
    try:
        if not NEXT:
            async with turns[way]:
                seen[way]["done"].append(told)
        elif way == "deadlines":
            await deadline.call(clients[0], url, LIMIT)
        else:
            await calls_dont.call(clients[0], url)
    finally:
        seen[way]["ended"].append(told)
    return Response("done")


async def stream(_: Request) -> Response:
    """Begin an answer, and never end it."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        await asyncio.Event().wait()

    return StreamingResponse(parts())


async def read_seen(request: Request) -> Response:
    """Tell what has arrived, what has ended, and what was done."""
    return JSONResponse(seen[request.path_params["way"]])


async def release(request: Request) -> Response:
    """Let the next in."""
    turns[request.path_params["way"]].release()
    return Response()


inner = Router([Route("/orders", read), Route("/stream", stream)])
app = Starlette(
    routes=[
        Route("/seen/{way}", read_seen),
        Route("/release/{way}", release, methods=["POST"]),
        Mount("/deadlines", deadline.Deadline(inner, LIMIT)),
        Mount("/anew", inner),
    ],
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False)
