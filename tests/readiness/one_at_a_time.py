"""A service that does one request at a time, and stalls once."""

import asyncio
import itertools
import os
import time

import uvicorn
from fastapi import FastAPI

WORK = float(os.environ.get("WORK", "0"))  # seconds for a request
STALL = float(os.environ.get("STALL", "0"))  # seconds for the one that stalls
STALLS = 20  # which one that is
CROWD = 120

app = FastAPI()
turn = asyncio.Semaphore(1)
numbers = itertools.count(1)
crowd = asyncio.Barrier(CROWD)


@app.get("/orders")
async def work() -> str:
    """Wait for its turn, and then for a database, say."""
    async with turn:
        await asyncio.sleep(STALL if next(numbers) == STALLS and STALL else WORK)
    return "done"


@app.get("/cpu")
async def cpu() -> float:
    """Tell the seconds of processor time that were used so far."""
    return time.process_time()


@app.get("/crowd")
async def meet() -> str:
    """Answer when so many wait."""
    await crowd.wait()
    return "met"


@app.get("/never")
async def hang() -> None:
    """Do not answer."""
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(os.environ["PORT"]),
        access_log=False,
        timeout_graceful_shutdown=0,
    )
