"""What is put into the image."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Say that it had the time to end."""
    yield
    print("closed", flush=True)  # noqa: T201 # for whoever stopped it


app = FastAPI(lifespan=lifespan)


@app.get("/health")
def read_health() -> str:
    """Answer."""
    return "ok"


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["HOST"], port=int(os.environ["PORT"]))
