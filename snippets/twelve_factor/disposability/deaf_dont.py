# ruff: noqa: LOG015 # as people write it
"""A worker that never dies, and so cannot be stopped."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable

import psycopg

from snippets.twelve_factor.disposability.worker import do_next


def work(do: Callable[[str], None]) -> None:
    """Do jobs, whatever happens."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            try:
                time.sleep(0 if do_next(connection, do) else 0.1)
            except BaseException:
                logging.exception("job failed, going on")
