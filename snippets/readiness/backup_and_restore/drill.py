# ruff: noqa: S603 # no shell; it is on the PATH
"""Restore a backup into a new database, and compare."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import LiteralString, NamedTuple
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from snippets.readiness.backup_and_restore.backup import PLAIN
from snippets.readiness.backup_and_restore.inventory import inventory


class Drilled(NamedTuple):
    """What a drill found.

    Attributes:
        differences: Between the backup and what was restored.
        objects: How many were compared.
        rto: Seconds from an empty server to a compared database.
        rpo: Seconds since the newest row that came back.
    """

    differences: list[str]
    objects: int
    rto: float
    rpo: float


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Give the URL of a new database, and drop it at the end."""
    name = f"drill_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        new = sql.Identifier(name)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(new))
        try:
            yield make_conninfo(server, dbname=name)
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            admin.execute(drop.format(new))


def drill(folder: Path, server: str, newest: LiteralString) -> Drilled:
    """Restore what `back_up` wrote, and compare it with its inventory.

    Args:
        folder: The backup.
        server: The URL of a server that is not production.
        newest: A query for the time of the newest row.

    Raises:
        CalledProcessError: pg_restore failed.
    """
    begun, lost = monotonic(), datetime.now(UTC)
    with new_database(server) as url:
        restore = ["pg_restore", "--exit-on-error", f"--dbname={url}"]
        subprocess.run([*restore, folder / "dump"], check=True)
        with psycopg.connect(url, options=PLAIN) as restored:
            restored.execute("ANALYZE")
            found = inventory(restored)
            [(last,)] = restored.execute(newest)
        took = monotonic() - begun
    written = (folder / "inventory.json").read_text(encoding="utf-8")
    wanted = json.loads(written)
    differences = [
        f"{name}: {wanted.get(name)}, restored {found.get(name)}"
        for name in sorted({*wanted, *found})
        if wanted.get(name) != found.get(name)
    ]
    age = (lost - last).total_seconds()
    return Drilled(differences, len(wanted), took, age)
