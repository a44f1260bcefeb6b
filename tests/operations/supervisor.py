"""Keep the release running that a link leads to, as an init system does."""

from __future__ import annotations

from contextlib import AbstractContextManager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from tests.services import Service
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

SHOP: Final = "tests.operations.shop_service"


class Supervisor(AbstractContextManager["Supervisor"]):
    """Runs what `current` leads to, and when it leads elsewhere, that instead.

    Attributes:
        address: Where the last process that was started listens.
        serves: The release that it is.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.address = self.serves = ""
        self._folder, self._database = folder, database
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_for(self, release: str) -> None:
        """Wait until a process of a release listens."""
        wait_until(lambda: self.serves == release, f"release {release}")

    def _run(self) -> None:
        while not self._over.is_set():
            release = self._folder / (self._folder / "current").readlink()
            there = {"DATABASE_URL": self._database, "RELEASE": str(release)}
            with Service(SHOP, "", **there) as service:
                self.address, self.serves = service.address, release.name
                while not self._over.wait(0.01) and self.serves == self._named():
                    pass
                service.end()

    def _named(self) -> str:
        return (self._folder / "current").readlink().name

    def __exit__(self, *_: object) -> None:
        """End what runs."""
        self._over.set()
        self._thread.join()
