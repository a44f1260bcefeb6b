"""SQLite on the laptop, PostgreSQL in production."""

import os
import sqlite3

import psycopg


def connect() -> sqlite3.Connection | psycopg.Connection:
    """Use the database that is easier to have."""
    if os.environ.get("ENVIRONMENT") == "production":
        return psycopg.connect(os.environ["DATABASE_URL"])
    return sqlite3.connect(":memory:")
