"""A service that cannot start while another is down."""

import os

import httpx
import uvicorn
from fastapi import FastAPI

app = FastAPI()
RATES = httpx.get(os.environ["RATES_URL"], timeout=5).json()


@app.get("/live")
def live() -> str:
    """Answer."""
    return "here"


@app.get("/rates")
def rates() -> dict[str, str]:
    """Pass on what another service answered when this one began."""
    return dict(RATES)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
