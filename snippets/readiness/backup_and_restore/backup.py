# ruff: noqa: S603, S607 # no shell; it is on the PATH
"""A dump, with an inventory of the same moment."""

import json
import subprocess
from pathlib import Path

import psycopg
from psycopg import IsolationLevel

from snippets.readiness.backup_and_restore.inventory import inventory

PLAIN = "-c timezone=UTC -c datestyle=ISO"


def back_up(database: str, folder: Path) -> None:
    """Dump a database while it is written to.

    Args:
        database: Its URL.
        folder: Gets `dump`, and `inventory.json` once all is well.

    Raises:
        CalledProcessError: pg_dump failed; the folder is no backup.
    """
    with psycopg.connect(database, options=PLAIN) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        exporting = connection.execute("SELECT pg_export_snapshot()")
        [(snapshot,)] = exporting
        dump = ["--format=custom", f"--file={folder / 'dump'}"]
        subprocess.run(
            ["pg_dump", *dump, f"--snapshot={snapshot}", database],
            check=True,
        )
        found = json.dumps(inventory(connection), indent=2)
    (folder / "inventory.json").write_text(found, encoding="utf-8")
