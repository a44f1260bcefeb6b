"""A service that brings its own server and asks only for a port."""

import os

import httpx
import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/greeting")
def read_greeting() -> dict[str, str]:
    """Say hello, in the words of another service if one is named."""
    if not (words := os.environ.get("WORDS_URL")):
        return {"greeting": "hello"}
    answer = httpx.get(f"{words}/greeting", timeout=1)
    return {"greeting": answer.raise_for_status().json()["greeting"]}


def main() -> None:
    """Serve it at the address that the environment gives."""
    host = os.environ.get("HOST", "127.0.0.1")  # 0.0.0.0 in an image
    uvicorn.run(app, host=host, port=int(os.environ["PORT"]))


if __name__ == "__main__":
    main()
