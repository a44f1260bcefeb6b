"""Readiness that asks the database all replicas share."""

import os

import psycopg


async def ready() -> dict[str, str]:
    """Say that the database answers."""
    async with await psycopg.AsyncConnection.connect(
        os.environ["DATABASE_URL"], connect_timeout=1
    ) as database:
        await database.execute("SELECT 1")
    return {"status": "ready"}
