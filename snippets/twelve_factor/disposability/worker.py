"""A worker that may be stopped or killed at any moment."""

import os
import signal
import sys
import time
from collections.abc import Callable

import psycopg

TAKE = """
    DELETE FROM jobs WHERE id = (
        SELECT id FROM jobs ORDER BY id
        FOR UPDATE SKIP LOCKED LIMIT 1
    ) RETURNING order_id
"""


def do_next(
    connection: psycopg.Connection, do: Callable[[str], None]
) -> bool:
    """Do the oldest job that nobody has; it is gone once it is done.

    Returns:
        Whether there was one.
    """
    with connection.transaction():
        job = connection.execute(TAKE).fetchone()
        if job:
            do(job[0])
    return bool(job)


def work(do: Callable[[str], None]) -> None:
    """Do jobs until SIGTERM, which puts the one in hand back.

    Args:
        do: What to do for an order; it may be called again for the same.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            found = do_next(connection, do)
            time.sleep(0 if found else 0.1)
