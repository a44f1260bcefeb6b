"""Run the shop, whole or with one part that is wrong."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import uvicorn

from snippets.testing.pyramid import price_dont, service, service_dont, store_dont

if TYPE_CHECKING:
    from fastapi import FastAPI


def whole(database: str) -> FastAPI:
    """Give the shop as the page shows it."""
    return service.make_app(database)


def boundary(database: str) -> FastAPI:
    """Give the shop whose codes end a day too early."""
    return service.make_app(database, discounted=price_dont.discounted)


def race(database: str) -> FastAPI:
    """Give the shop that looks before it counts."""
    return service.make_app(database, redeem=store_dont.redeem)


def wiring(database: str) -> FastAPI:
    """Give the shop that does not listen to its store."""
    return service_dont.make_app(database)


SHOPS: Final = {shop.__name__: shop for shop in (whole, boundary, race, wiring)}

if __name__ == "__main__":
    app = SHOPS[sys.argv[1]](os.environ["DATABASE_URL"])
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
