"""Orders, kept where the code thinks that they belong."""

import os
import sqlite3

import psycopg


def connect() -> psycopg.Connection | sqlite3.Connection:
    """Choose a database for the environment."""
    if os.environ["ENVIRONMENT"] == "production":
        return psycopg.connect("host=db-1 dbname=orders")
    return sqlite3.connect("orders.db")
