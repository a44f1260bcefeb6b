"""Bring the database to the schema of this release, and exit."""

import logging
import os
from pathlib import Path

import psycopg

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_202_611  # any number that nothing else in the database locks
HISTORY = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY,
        applied timestamptz NOT NULL DEFAULT now()
    )
"""
log = logging.getLogger(__name__)


PATIENCE = "5s"  # for a table that somebody uses


def migrate(database: str, folder: Path = MIGRATIONS) -> None:
    """Apply, in the order of their names, the files that are new.

    Args:
        database: Its URL; not that of a pool that shares connections.
        folder: Where the `.sql` files are.

    Raises:
        psycopg.Error: One failed. Nothing of it is left, and the files
            before it are applied.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        limit = "SELECT set_config('lock_timeout', %s, false)"
        connection.execute(limit, [PATIENCE])
        connection.execute(HISTORY)
        done = connection.execute("SELECT name FROM migrations")
        applied = {name for (name,) in done}
        for file in sorted(folder.glob("*.sql")):
            if file.name in applied:
                continue
            with connection.transaction():
                connection.execute(file.read_bytes())
                connection.execute(
                    "INSERT INTO migrations VALUES (%s)", [file.name]
                )
            log.info("applied %s", file.name)


def main() -> None:
    """Migrate the database that the environment names."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    migrate(os.environ["DATABASE_URL"])


if __name__ == "__main__":
    main()
