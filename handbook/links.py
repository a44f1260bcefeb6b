"""Refuse a built site with a broken link, or one that loads from another host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

if TYPE_CHECKING:
    from pathlib import Path

LOADS: Final = ("src", "poster", "data")
KNOWN: Final = ("canonical", "next", "prev", "edit", "alternate")
RELS: Final = ["base", f"link{''.join(f':not([rel~={rel}])' for rel in KNOWN)}"]
CSS_URL: Final = re.compile(
    r"""(?i)(?:url\(|@import|image-set\()\s*["']?\s*((?:https?:)?//[^"')\s]+)"""
)


@dataclass
class _Links:
    """The anchors, the links and the loaded addresses of a page."""

    anchors: set[str]
    links: set[str]
    loads: set[str]


@cache
def _read(file: Path, _changed: int) -> _Links:
    tree = LexborHTMLParser(file.read_text(encoding="utf-8"))
    anchors = {_get(node, "id") for node in tree.css("[id]")}
    links = {_get(node, "href") for node in tree.css("a[href], area[href], link[href]")}
    loads = {_get(node, "href") for node in tree.css(", ".join(RELS))}
    for name in LOADS:
        loads |= {_get(node, name) for node in tree.css(f"[{name}]")}
    for node in tree.css("[srcset]"):
        loads |= {x.split()[0] for x in _get(node, "srcset").split(", ") if x.strip()}
    for node in tree.css("[style], style"):
        loads |= {*CSS_URL.findall(_get(node, "style") + node.text())}
    return _Links({"", *anchors}, links - loads, loads)


def _get(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


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
        if link.lower().startswith(prefix.lower()):
            return "/" + link[len(prefix) :]
    return f"/..{link}" if link.startswith("/") and link[1:2] != "/" else link


def _broken(site: Path, file: Path, link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:
        return "is no address"
    if parts.scheme or parts.netloc:
        return ""
    path = unquote(parts.path)
    start = site if path.startswith("/") else file.parent
    target = (start / path.lstrip("/")).resolve() if path else file
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(site.resolve()) or not target.is_file():
        return "leads nowhere"
    if target.suffix == ".html":
        anchors = _read(target, target.stat().st_mtime_ns).anchors
        if unquote(parts.fragment) not in anchors and not parts.fragment.startswith(
            "__"
        ):
            return "has no such anchor"
    return ""
