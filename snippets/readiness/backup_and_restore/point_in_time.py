"""Bring a server back to a moment."""

import shutil
from pathlib import Path

ARCHIVING = """
archive_mode = on
archive_command = 'test ! -f "{archive}/%f" && cp %p "{archive}/%f"'
archive_timeout = 60s
"""
RECOVERY = """
archive_mode = off
restore_command = 'cp "{archive}/%f" %p'
recovery_target_time = '{until}'
recovery_target_action = promote
"""


def prepare(base: Path, archive: Path, data: Path, until: str) -> None:
    """Make a data directory; the server that starts on it goes back.

    Args:
        base: A base backup, from before that moment.
        archive: Every WAL segment since.
        data: Where the new data directory shall be.
        until: The moment, with its time zone.
    """
    shutil.copytree(base, data)
    recovery = RECOVERY.format(archive=archive, until=until)
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(recovery)
    (data / "recovery.signal").touch()
