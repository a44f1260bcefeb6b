"""A shop that is a release: a folder with what it says to the database."""

import os
from pathlib import Path
from typing import Annotated

import psycopg
import uvicorn
from fastapi import Body, FastAPI
from fastapi.responses import PlainTextResponse

RELEASE = Path(os.environ["RELEASE"])
PLACE, SHOW = ((RELEASE / name).read_bytes() for name in ("place.sql", "show.sql"))

app = FastAPI()


def ask(statement: bytes, *values: str) -> list[tuple[str, ...]]:
    """Say something to the database, and give its rows."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute(statement, values).fetchall()


@app.post("/orders")
def place(item: Annotated[str, Body()]) -> str:
    """Order an item, and give the number of the order."""
    return ask(PLACE, item)[0][0]


@app.get("/orders")
def show() -> dict[str, str]:
    """Show the item of each order, by its number."""
    return dict(ask(SHOW))  # type: ignore[arg-type]


@app.get("/version", response_class=PlainTextResponse)
def version() -> str:
    """Say which release this is."""
    return f"{RELEASE.name}\n"


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
