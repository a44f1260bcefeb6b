"""Serve a shop, as `python -m tests.readiness.shop NAME`."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import uvicorn
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from psycopg_pool import ConnectionPool

SNIPPETS = "snippets.readiness.access"

if __name__ == "__main__":
    key = load_pem_public_key(os.environ["ISSUER"].encode())
    with ConnectionPool(os.environ["DATABASE_URL"], min_size=1, open=True) as pool:
        app = import_module(f"{SNIPPETS}.{sys.argv[1]}").shop(pool, key)
        uvicorn.run(app, port=int(os.environ["PORT"]))
