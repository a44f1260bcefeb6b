"""A service that starts without others, and stops when told."""

import os

import httpx
import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/live")
def live() -> str:
    """Answer."""
    return "here"


@app.get("/rates")
def rates() -> dict[str, str]:
    """Pass on what another service answers."""
    answer = httpx.get(os.environ["RATES_URL"], timeout=5)
    return dict(answer.raise_for_status().json())


def main() -> None:
    """Serve until SIGTERM, then finish what was begun."""
    uvicorn.run(
        app,
        port=int(os.environ["PORT"]),
        timeout_graceful_shutdown=20,  # seconds
    )


if __name__ == "__main__":
    main()
