"""A shop that hangs as soon as the tea runs low."""

import os
from threading import Lock

import structlog
import uvicorn
from fastapi import FastAPI

from snippets.operations.troubleshooting.dumps import dump_on_signal

LOW = 3

app = FastAPI()
logger = structlog.get_logger()


class Stock:
    """How much is left of each item."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.left = {"tea": 5}

    def count(self, item: str) -> int:
        """Say how much is left."""
        with self.lock:
            return self.left[item]

    def take(self, item: str) -> None:
        """Take one, and say when there are few."""
        with self.lock:
            self.left[item] -= 1
            if self.left[item] < LOW:
                logger.warning("reorder", left=self.count(item))


stock = Stock()


@app.post("/orders/{item}")
def order(item: str) -> None:
    """Order one."""
    stock.take(item)


@app.get("/stock/{item}")
def read(item: str) -> int:
    """Say how much is left."""
    return stock.count(item)


def main() -> None:
    """Serve on the port that the environment names."""
    dump_on_signal()
    uvicorn.run(app, port=int(os.environ["PORT"]))


if __name__ == "__main__":
    main()
