"""Refuse a built page that shows code which no test ran."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from handbook.practices import pages, url_of
from handbook.sources import RefusalError, resolve

if TYPE_CHECKING:
    from pathlib import Path

# Elements that show text as code does, and have no use in a page.
CODE_LIKE: Final = {
    "iframe", "kbd", "listing", "object", "plaintext", "samp", "textarea", "tt", "xmp",
}  # fmt: skip
VOID: Final = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta",
    "source", "track", "wbr",
}  # fmt: skip
STYLE: Final = re.compile(r"white-space|mono|courier|consolas", re.IGNORECASE)
FENCE: Final = re.compile(r"^\s*(?:`{3,}|~{3,})|8<-", re.MULTILINE)
ARTICLE: Final = "md-content__inner"


@dataclass
class Finding:
    """Something that a page must not show.

    Attributes:
        message: What it is.
        needle: Words of the page's source that find its line.
    """

    message: str
    needle: str


@dataclass
class Shown:
    """What the content of one page shows, gathered by a parser."""

    findings: list[Finding] = field(default_factory=list)
    embeds: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)


class _Content(HTMLParser):
    """Walk the content of a page: its article, or all of a fragment."""

    def __init__(self, root: Path, *, fragment: bool) -> None:
        super().__init__()
        self.root = root
        self.shown = Shown()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.depth = 0 if fragment else -1  # open elements that hold the article
        self.text = ""
        self.after_code = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element as it opens."""
        values = {name: value or "" for name, value in attrs}
        if self.depth < 0:
            if tag == "article" and ARTICLE in values.get("class", ""):
                self.depth = len(self.open) + 1
        else:
            self._check_start(tag, values)
        if tag not in VOID:
            self.open.append((tag, values))

    def _check_start(self, tag: str, values: dict[str, str]) -> None:
        if tag in CODE_LIKE:
            self._find(f"<{tag}> shows text as code", f"<{tag}")
        if tag in {"script", "style"}:
            self._find(f"<{tag}> inside a page", f"<{tag}")
        if STYLE.search(values.get("style", "")):
            self._find("a style that makes text look like code", "style=")
        if tag in {"pre", "code"} and not self._inside("pre"):
            self.text = ""
        if tag == "code" and self.after_code == "br":
            self._find("lines of code joined by <br>", "<br")
        if tag in {"br", "code"}:
            self.after_code = "br" if tag == "br" and self.after_code else ""
        if "data-refusal" in values:
            self.text = ""

    def handle_endtag(self, tag: str) -> None:
        """Check an element as it closes."""
        if all(name != tag for name, _ in self.open):
            return
        values: dict[str, str] = {}
        name = ""
        while name != tag:
            name, values = self.open.pop()
        if 0 <= len(self.open) < self.depth:
            self.depth = -1
        if self.depth < 0:
            return
        if tag == "pre":
            self._check_pre(self.text.strip("\n"))
        elif tag == "code" and not self._inside("pre"):
            self.after_code = "code"
            if "\n" in self.text.strip("\n"):
                self._find("a code span of several lines", self.text)
        elif "data-refusal" in values:
            self.shown.findings.append(Finding(values["data-refusal"], self.text))
        elif tag == "figcaption":
            self.shown.captions.append(" ".join(self.text.split()))

    def handle_data(self, data: str) -> None:
        """Check text that is no code."""
        self.text += data
        if data.strip():
            self.after_code = ""
        refused = any("data-refusal" in values for _, values in self.open)
        if self.depth < 0 or refused or self._inside("code", "pre"):
            return
        if FENCE.search(data):
            self._find("a fence that Markdown left in the text", data)

    def _check_pre(self, text: str) -> None:
        around = {key: v for _, values in self.open for key, v in values.items()}
        self.text = "" if "data-refusal" not in around else text
        if "data-refusal" in around:
            return
        if "data-untested" in around:
            self.shown.untested.append(around["data-untested"])
        elif "data-embed" not in around:
            self._find("code that is no embed (indented, or a raw <pre>)", text)
        else:
            self._check_embed(around["data-embed"], text)

    def _check_embed(self, ref: str, text: str) -> None:
        self.shown.embeds.append(ref)
        try:
            true = resolve(self.root, ref).text
        except RefusalError as refusal:
            self._find(str(refusal), ref)
        else:
            if text != true.strip("\n"):
                self._find(f"the block is not what {ref} says", ref)

    def _inside(self, *tags: str) -> bool:
        return any(name in tags for name, _ in self.open)

    def _find(self, message: str, needle: str) -> None:
        self.shown.findings.append(Finding(message, needle))


def read_html(root: Path, html: str, *, fragment: bool = False) -> Shown:
    """Gather what a page shows.

    Args:
        root: The root of the project.
        html: A built page, or only its content.
        fragment: Whether it is only the content.
    """
    parser = _Content(root, fragment=fragment)
    parser.feed(html)
    parser.close()
    return parser.shown


def locate(source: str, findings: list[Finding]) -> list[tuple[int, str]]:
    """Give each finding its line in the source of the page, from 1."""
    rows = source.split("\n")
    seen: dict[str, int] = {}
    located = []
    for finding in findings:
        words = [row.strip() for row in finding.needle.split("\n") if row.strip()]
        needle = words[0] if words else "```"
        hits = [n for n, row in enumerate(rows, 1) if needle in row]
        later = [n for n in hits if n > seen.get(needle, 0)]
        line = (later or hits or [1])[0]
        seen[needle] = line
        located.append((line, finding.message))
    return located


def check_site(root: Path, site: Path) -> tuple[dict[str, Shown], list[str]]:
    """Check every page of a built site.

    Returns:
        What each page shows, and the problems, as `docs/page.md:line: message`.
    """
    all_shown: dict[str, Shown] = {}
    problems: list[str] = []
    for file in pages(root):
        page = file.relative_to(root / "docs").as_posix()
        built = site / url_of(page) / "index.html"
        if not built.is_file():
            problems.append(f"docs/{page}:1: the page was not built")
            continue
        shown = read_html(root, built.read_text(encoding="utf-8"))
        source = file.read_text(encoding="utf-8")
        problems += [f"docs/{page}:{n}: {m}" for n, m in locate(source, shown.findings)]
        all_shown[page] = shown
    return all_shown, problems
