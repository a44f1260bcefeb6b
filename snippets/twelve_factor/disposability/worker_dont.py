"""A worker that takes the job off the queue, and then does it."""

import os
import time
from collections.abc import Callable

import psycopg

from snippets.twelve_factor.disposability.worker import TAKE


def work(do: Callable[[str], None]) -> None:
    """Do jobs for ever."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            job = connection.execute(TAKE).fetchone()
            if job:
                do(job[0])
            time.sleep(0 if job else 0.1)
