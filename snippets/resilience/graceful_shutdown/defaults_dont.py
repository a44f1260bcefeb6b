"""A service that leaves its end to the defaults."""

import os

import uvicorn
from fastapi import FastAPI


def serve(app: FastAPI) -> None:
    """Serve on the port that the environment names."""
    uvicorn.run(app, port=int(os.environ["PORT"]))
