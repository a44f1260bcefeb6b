"""One of the services that stand above a service which fails."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from snippets.resilience.retries import layers_dont, retrying
from snippets.resilience.retries.budget import Budget

NEXT, LAYER = os.environ["NEXT"], int(os.environ["LAYER"])
LOWEST = 2
clients: list[httpx.AsyncClient] = []
budgets = {way: Budget() for way in ("one", "budgets")}
seen = Counter[str]()


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Keep one client."""
    async with httpx.AsyncClient() as client:
        clients.append(client)
        yield


async def at_once(_: float) -> None:
    """Wait for nothing: what counts is how many calls there are."""


async def read(request: Request) -> Response:
    """Ask the next service, and answer 503 when that fails."""
    way = request.path_params["way"]
    seen[way] += 1
    url = f"{NEXT}/{way}"
    try:
        if way == "dont":
            await layers_dont.get(clients[0], url, at_once)
        elif way == "budgets" or LAYER == LOWEST:
            asked = clients[0].build_request("GET", url)
            await retrying.send(clients[0], asked, budgets[way], at_once)
        else:
            (await clients[0].get(url)).raise_for_status()
    except httpx.HTTPError:
        return Response(status_code=503)
    return Response("done")


async def read_seen(_: Request) -> Response:
    """Tell how often we were asked, each way."""
    return JSONResponse(seen)


app = Starlette(
    routes=[Route("/seen", read_seen), Route("/{way}", read)], lifespan=lifespan
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False)
