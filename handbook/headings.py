"""Markdown extension: practices show their level, their proof and their link."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, SubElement, fromstring

from markdown import Extension
from markdown.treeprocessors import Treeprocessor

from handbook.builders import page_of
from handbook.embeds import proof
from handbook.ledger import Ledger
from handbook.lists import ListsPreprocessor
from handbook.practices import LEVELS, Practice, front_matter, read_practices
from handbook.sources import DIRECTIVE, RefusalError, packages, resolve
from handbook.stale import is_overdue, today

if TYPE_CHECKING:
    from markdown import Markdown

QUERY: Final = re.compile(r'^\s*"?expr"?:', re.MULTILINE)  # of a rule, or a dashboard


class HeadingsExtension(Extension):
    """Show what is known of each practice below its heading.

    Args:
        root: The folder that holds `docs/` and the ledger.
        repo: Address of the repository.
        site: Address of the site, for short links.
    """

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 # Markdown's
        self.config = {
            "root": [".", "the folder that holds docs/ and the ledger"],
            "repo": ["", "address of the repository"],
            "site": ["", "address of the site"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 # Markdown's name
        """Run after the attributes of headings and the table of contents."""
        options = self.getConfigs()
        md.treeprocessors.register(_Bars(md, options), "practices", 4)
        md.preprocessors.register(ListsPreprocessor(md, options), "lists", 33)


def makeExtension(**kwargs: Any) -> HeadingsExtension:  # noqa: N802, ANN401 # Markdown's name
    """Build the extension, as Markdown asks for it."""
    return HeadingsExtension(**kwargs)


class _Bars(Treeprocessor):
    """Put a bar below each practice, and the page's own facts at its end."""

    def __init__(self, md: Markdown, options: dict[str, str]) -> None:
        super().__init__(md)
        self.options = options
        self.root = Path(options["root"])

    def run(self, root: Element) -> None:
        """Add to the tree of a page."""
        page = page_of(self.md)
        if not page:
            return
        practices = {p.id: p for p in read_practices(self.root) if p.page == page}
        for parent in list(root.iter()):
            for at, element in reversed(list(enumerate(parent))):
                if element.tag == "h2" and element.get("id") in practices:
                    bar = self._bar(practices[element.get("id", "")])
                    parent.insert(at + 1, bar)
        self._facts(root, self.root / "docs" / page)

    def _bar(self, practice: Practice) -> Element:
        ledger, repo = Ledger.load(self.root), self.options["repo"]
        link = f"{self.options['site'].rstrip('/')}/p/{practice.id}/"
        bar = Element("div", {"class": f"practice practice--{practice.level}"})
        bar.set("data-link", link)
        bar.set("data-level", practice.level)
        bar.set("data-statement", plain(practice.statement))
        SubElement(bar, "span", {"class": "level"}).text = LEVELS[practice.level]
        SubElement(
            bar, "a", {"class": "permalink", "href": f"#{practice.id}"}
        ).text = practice.id
        tests = {"proved by": ledger.proofs(practice.id)}
        tests["harm shown by"] = ledger.harms(practice.id)
        for verb, found in tests.items():
            if found or verb == "proved by":
                box = SubElement(bar, "div")
                box.append(fromstring(proof(found, repo, verb)))  # noqa: S314 # our own
        return bar

    def _facts(self, root: Element, file: Path) -> None:
        fields = front_matter(file)
        facts = SubElement(root, "div", {"class": "page-facts"})
        if fields["symptoms"]:
            words = "; ".join(str(word) for word in fields["symptoms"])
            SubElement(facts, "p").text = f"Also searched as: {words}."
        known = Ledger.load(self.root).versions
        refs = DIRECTIVE.findall(file.read_text(encoding="utf-8"))
        imported = {name for ref in refs for name in self._packages(ref)}
        used = sorted({*imported, *(f"{name}-sdk" for name in imported)} & {*known})
        if used:
            shown = ", ".join(f"{name} {known[name]}" for name in ["Python", *used])
            SubElement(facts, "p").text = f"Verified with {shown}."
        owner, reviewed = fields["owner"], fields["reviewed"]
        late = ", which is more than twelve months ago"
        said = f"Reviewed: {reviewed}{late * is_overdue(reviewed, today())}."
        last = SubElement(facts, "p")
        last.text = f"Owner: {owner}. {said} "
        page = file.relative_to(self.root / "docs").as_posix()
        history = f"{self.options['repo']}/commits/main/docs/{page}"
        SubElement(last, "a", {"href": history}).text = "Why did this change?"

    def _packages(self, ref: str) -> set[str]:
        try:
            embed = resolve(self.root, ref)
            if embed.language == "promql" or re.search(QUERY, embed.text):
                return {"Prometheus"}
            return packages(self.root, embed)
        except RefusalError:  # the fence itself shows it
            return set()


def plain(markdown: str) -> str:
    """Take the marks out of a paragraph, and leave its words."""
    text = re.sub(r"\[\^[\w-]+\]", "", markdown)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"\1", text)
