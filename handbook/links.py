"""Refuse a built site with a broken link, or one that loads from another host."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

LOADS: Final = {"src", "srcset", "poster", "data"}
RELS: Final = {
    "stylesheet",
    "icon",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
}
CSS_URL: Final = re.compile(
    r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)"""
)


class _Links(HTMLParser):
    """Gather the anchors, the links and the loaded addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.links: set[str] = set()
        self.loads: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Sort the attributes of an element."""
        values = {name: value for name, value in attrs if value is not None}
        self.anchors |= {values.get("id", ""), values.get("name", "")}
        if href := values.get("href"):
            loaded = tag == "link" and RELS & {*values.get("rel", "").split()}
            (self.loads if loaded else self.links).add(href)
        for name in LOADS & values.keys():
            self.loads |= {
                part.split()[0] for part in values[name].split(",") if part.strip()
            }
        self.loads.update(CSS_URL.findall(values.get("style", "")))


@cache
def _read(file: Path, _changed: int) -> _Links:
    found = _Links()
    found.feed(file.read_text(encoding="utf-8"))
    return found


def check_links(site: Path, base: str) -> list[str]:
    """Say which links lead nowhere, and what is loaded from another host.

    Args:
        site: The built site.
        base: Its address; links to it are checked as links within.
    """
    problems = []
    for file in sorted(site.rglob("*.html")):
        found = _read(file, file.stat().st_mtime_ns)
        page = file.relative_to(site).as_posix()
        foreign = [x for x in sorted(found.loads) if urlsplit(x).netloc]
        problems += [f"{page}: loads {x} from another host" for x in foreign]
        named = sorted(found.links | found.loads)
        broken = {x: _broken(site, file, _within(x, base)) for x in named}
        problems += [f"{page}: {x} {why}" for x, why in broken.items() if why]
    for sheet in sorted(site.rglob("*.css")):
        name = sheet.relative_to(site).as_posix()
        foreign = CSS_URL.findall(sheet.read_text(encoding="utf-8"))
        problems += [f"{name}: loads {x} from another host" for x in foreign]
    return problems


def _within(link: str, base: str) -> str:
    """Write a link to the site's own address as one from its root."""
    for prefix in (base, urlsplit(base).path):
        if link.startswith(prefix):
            return "/" + link.removeprefix(prefix)
    return link


def _broken(site: Path, file: Path, link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    path = unquote(parts.path)
    start = site if path.startswith("/") else file.parent
    target = (start / path.lstrip("/")).resolve() if path else file
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "leads nowhere"
    if target.suffix == ".html":
        anchors = _read(target, target.stat().st_mtime_ns).anchors
        if unquote(parts.fragment) not in anchors and not parts.fragment.startswith(
            "__"
        ):
            return "has no such anchor"
    return ""
