"""Refuse a built page that shows code which no test ran."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from handbook.practices import LEVELS, pages, url_of
from handbook.sources import RefusalError, resolve

if TYPE_CHECKING:
    from pathlib import Path

# Elements that show text as code does, and have no use in a page.
CODE_LIKE: Final = {
    "iframe", "kbd", "listing", "object", "plaintext", "samp", "template",
    "textarea", "tt", "xmp",
}  # fmt: skip
STYLE: Final = re.compile(r"white-space|mono|courier|consolas", re.IGNORECASE)
FENCE: Final = re.compile(r"^\s*(?:`{3,}|~{3,})|8<-", re.MULTILINE)
HEADING: Final = re.compile(r"h[1-6]")
ARTICLE: Final = "article.md-content__inner"
REFUSED: Final = "data-refusal"


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
    terms: list[str] = field(default_factory=list)

    def add(self, root: Path, node: LexborNode) -> None:
        """Check one node of the content, in the order of the page."""
        tag, attributes = node.tag, node.attributes
        text = node.text(deep=True)
        if REFUSED in attributes:
            code = node.css_first("pre")
            self.find(attributes[REFUSED] or "", code.text() if code else text)
        elif tag == "-text" and FENCE.search(text) and not _inside(node, "code", "pre"):
            self.find("a fence that Markdown left in the text", text)
        elif tag in CODE_LIKE:
            self.find(f"<{tag}> shows text as code", f"<{tag}")
        elif tag == "pre":
            self._add_pre(root, node, text.strip("\n"))
        elif tag == "svg" and (ref := _around(node, "data-embed")):
            self.embeds.append(ref)
        elif tag == "code" and not _inside(node, "pre"):
            self._add_span(node, text)
        elif HEADING.fullmatch(tag or "") and not _is_read(node):
            self.find("a practice that is not read: write ## at the margin", text)
        elif tag == "figcaption":
            self.captions.append(" ".join(text.split()))
        elif tag == "abbr":
            self.terms.append(attributes["title"] or "")

    def _add_pre(self, root: Path, node: LexborNode, text: str) -> None:
        reason, ref = _around(node, "data-untested"), _around(node, "data-embed")
        if reason is not None:
            self.untested.append(reason)
        elif ref is None:
            self.find("code that is no embed (indented, or a raw <pre>)", text)
        else:
            try:
                true = resolve(root, ref).text
            except RefusalError as refusal:
                self.find(str(refusal), ref)
            else:
                self.embeds.append(ref)
                if text != true.strip("\n"):
                    self.find(f"the block is not what {ref} says", ref)

    def _add_span(self, node: LexborNode, text: str) -> None:
        if "\n" in text.strip("\n"):
            self.find("a code span of several lines", text)
        after, block = _next(node), node.parent
        within = node.css_first("br") is not None
        if within or (_is(after, "br") and _is(_next(after), "code")):
            self.find("lines of code joined by <br>", "<br" if within else text)
        rows = [_only_child(x) for x in (block, _next(block)) if x and x.tag != "td"]
        if [row.tag for row in rows if row] == ["code", "code"]:
            self.find("lines of code, one span each", text)

    def find(self, message: str, needle: str) -> None:
        """Keep a finding."""
        self.findings.append(Finding(message, needle))


def _next(node: LexborNode | None) -> LexborNode | None:
    """Give what follows a node, blank text skipped."""
    after = node.next if node is not None else None
    while after is not None and after.tag == "-text" and not after.text().strip():
        after = after.next
    return after


def _only_child(node: LexborNode | None) -> LexborNode | None:
    """Give the child of an element that has no other, blank text apart."""
    children = list(node.iter(include_text=True)) if node is not None else []
    full = [x for x in children if x.tag != "-text" or x.text().strip()]
    return full[0] if len(full) == 1 else None


def _is(node: LexborNode | None, tag: str) -> bool:
    return node is not None and node.tag == tag


def _is_read(heading: LexborNode) -> bool:
    """Tell whether a heading with a level was read as a practice, and has its bar."""
    classes = (heading.attributes.get("class") or "").split()
    after = _next(heading)
    bar = (after.attributes.get("class") or "") if after is not None else ""
    marked = {*classes} & {*LEVELS} or "{ #" in heading.text()
    return not marked or bar.startswith("practice ")


def _around(node: LexborNode, attribute: str) -> str | None:
    """Give an attribute of the nearest element around a node that has it."""
    above = node.parent
    while above is not None and attribute not in above.attributes:
        above = above.parent
    return None if above is None else above.attributes[attribute] or ""


def _inside(node: LexborNode, *tags: str) -> bool:
    above = node.parent
    while above is not None and above.tag not in tags:
        above = above.parent
    return above is not None


def read_html(root: Path, html: str) -> Shown:
    """Gather what a page shows.

    Code is looked for in all of it, scripts and styles in the article alone,
    for the theme has its own.

    Args:
        root: The root of the project.
        html: A built page, or only its content.
    """
    tree = LexborHTMLParser(html)
    shown = Shown()
    body = tree.css_first("body")
    for node in body.traverse(include_text=True) if body else ():
        if not _inside(node, "script", "style") and _around(node, REFUSED) is None:
            shown.add(root, node)
    for node in (tree.css_first(ARTICLE) or tree).css("script, style, [style]"):
        if node.tag in {"script", "style"}:
            shown.find(f"<{node.tag}> inside a page", f"<{node.tag}")
        elif STYLE.search(node.attributes["style"] or ""):
            shown.find("a style that makes text look like code", "style=")
    return shown


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
