"""The web process of the page, or the one that is its own worker."""

import os
import sys

import uvicorn

from snippets.twelve_factor.concurrency import web, web_dont

APPS = {"do": web.app, "dont": web_dont.app}


if __name__ == "__main__":
    uvicorn.run(APPS[sys.argv[1]], port=int(os.environ["PORT"]))
