"""The built site, served on loopback and read in the Chromium of the machine."""

from __future__ import annotations

import functools
import json
import shutil
import threading
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.services import ROOT
from tests.site.tools import require

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = ROOT / "build" / "site"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Quiet(SimpleHTTPRequestHandler):
    """Serve files as a host of static sites does, and say nothing of it."""

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """Answer with the site's own page for what is not there."""
        missing = Path(self.directory, "handbook/404.html")
        if code != HTTPStatus.NOT_FOUND or not missing.is_file():
            super().send_error(code, message, explain)
            return
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(missing.read_bytes())

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the built site below a path, as a project's Pages do."""
    if not (SITE / "index.html").is_file():
        pytest.fail("build/site is missing: nox -s site builds it")
    folder = tmp_path_factory.mktemp("host")
    shutil.copytree(SITE, folder / "handbook")
    handler = functools.partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/handbook/"
        server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the Chromium, or the Chrome, that the machine has."""
    path = shutil.which("google-chrome") or require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def pages() -> list[str]:
    """List the addresses of the pages, relative to the site."""
    found = [p.parent.relative_to(SITE).as_posix() for p in SITE.rglob("index.html")]
    short = {"p", "p/"}
    return sorted(f"{p}/".removeprefix("./") for p in found if p[:2] not in short)


def practices() -> list[dict[str, Any]]:
    """Read what the site says of its practices."""
    path = Path(SITE, "practices.json")
    found: list[dict[str, Any]] = []
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))["practices"]
    return found
