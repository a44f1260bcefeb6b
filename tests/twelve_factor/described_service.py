"""Serve one of the applications of the page on what is beyond the twelve."""

import os
import sys
from importlib import import_module

from fastapi import Depends, FastAPI, HTTPException, Request

from snippets.observability.three_pillars.observed import serve
from snippets.twelve_factor.beyond_the_twelve.guarded import shop

PAGE = "snippets.twelve_factor.beyond_the_twelve"
ANSWERS = {"/shut": 401, "/barred": 403, "/none": 404, "/odd": 422, "/broken": 500}


def extended() -> FastAPI:
    """Add to the guarded shop what somebody in a hurry would."""
    app = shop(os.environ["TOKEN"])

    @app.get("/new")
    @app.get("/hidden", include_in_schema=False)
    @app.delete("/health")
    def new() -> str:
        return "new"

    return app


def answer(request: Request) -> None:
    """Answer as the path says, if it does."""
    if status := ANSWERS.get(request.url.path):
        raise HTTPException(status)


def ajar() -> FastAPI:
    """Guard all routes by a dependency that refuses with some of them only."""
    app = FastAPI(dependencies=[Depends(answer)])

    @app.delete("/health")
    def delete() -> None: ...

    for path in ANSWERS:
        app.get(path)(delete)
    return app


def page(name: str) -> FastAPI:
    """Make the application of a snippet, which may need the token."""
    module = import_module(f"{PAGE}.{name}")
    made: FastAPI = (
        module.shop(os.environ["TOKEN"]) if hasattr(module, "shop") else module.app
    )
    return made


if __name__ == "__main__":
    name = sys.argv[1]
    serve({"extended": extended, "ajar": ajar}.get(name, lambda: page(name))())
