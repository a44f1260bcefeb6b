"""Liveness that asks the database."""

import os

import psycopg


def health() -> dict[str, str]:
    """Say that the service and its database are well."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, connect_timeout=2) as database:
        database.execute("SELECT 1")
    return {"status": "ok"}
