"""A release as a process: it writes and reads users until it is ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from importlib import import_module
from threading import Event

import psycopg

TELL = "INSERT INTO rounds (release, told) VALUES (%s, %s)"


def main(release: str) -> None:
    """Add, rename and read a user, again and again, and say how each round went."""
    code = import_module(f"snippets.delivery.database_changes.{release}")
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        while not ended.is_set():
            told = "serves"
            try:
                user = code.add(connection, "Ada")
                code.rename(connection, user, release)
                if (read := code.name_of(connection, user)) != release:
                    told = f"reads {read}"
            except psycopg.Error as error:
                told = type(error).__name__
            connection.execute(TELL, [release, told])
            time.sleep(0.002)


if __name__ == "__main__":
    main(sys.argv[1])
