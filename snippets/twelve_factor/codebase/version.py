"""A deploy that can say which commit it runs."""

import os
from pathlib import Path

from fastapi import FastAPI


def versioned(release: Path) -> FastAPI:
    """Make an application that names its commit at `/version`.

    Args:
        release: The folder of the unpacked artifact.
    """
    app = FastAPI()
    commit = (release / "COMMIT").read_text("utf-8")

    @app.get("/version")
    def version() -> dict[str, str]:
        return {"commit": commit, "deploy": os.environ["DEPLOY"]}

    return app
