"""Bring the database to a revision, and make nobody wait for it."""

import os
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg.errors import LockNotAvailable
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_TIMEOUT = "2s"  # your users wait as long as this, at most
PAUSE = 10.0  # seconds in which they are served again


def migrate(
    database: str, revision: str = "head", tries: int = 10
) -> None:
    """Upgrade to a revision, and give way while a table is busy.

    Args:
        database: Its URL, beginning with `postgresql+psycopg://`.
        revision: One of Alembic's.
        tries: How many times to ask for a lock.

    Raises:
        OperationalError: The table was busy each time.
    """
    options = f"-c lock_timeout={LOCK_TIMEOUT}"
    engine = create_engine(
        database, connect_args={"options": options}, poolclass=NullPool
    )
    while True:
        tries -= 1
        try:
            with engine.connect() as connection:
                config = Config(attributes={"connection": connection})
                config.set_main_option(
                    "script_location", str(MIGRATIONS)
                )
                command.upgrade(config, revision)
        except OperationalError as error:
            busy = isinstance(error.orig, LockNotAvailable)
            if not busy or not tries:
                raise
            time.sleep(PAUSE)
        else:
            return


if __name__ == "__main__":
    migrate(os.environ["DATABASE_URL"])
