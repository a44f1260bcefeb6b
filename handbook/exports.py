"""Write what other programs read: practices.json, short links, llms.txt."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from handbook.errors import HandbookError
from handbook.headings import plain
from handbook.ledger import Ledger
from handbook.markdown import as_markdown
from handbook.practices import (
    chapters,
    front_matter,
    pages,
    read_practices,
    registry,
)
from handbook.sources import DOWNLOAD, TEMPLATES, RefusalError, resolve

SCHEMA = Path(__file__).with_name("practices.schema.json")
OTHERS = re.compile(
    r"[^{}]*\[data-md-color-(?:accent|primary)=(?!custom)[^{}]*\{[^{}]*\}"
)
ALL = "reference/practices/"  # the page that lists them


def write_exports(root: Path, site: Path, base: str, name: str, repo: str) -> None:
    """Write every export into a built site.

    Args:
        root: The root of the project.
        site: The built site.
        base: Its address, with a slash at the end.
        name: Its name.
        repo: Address of the repository.
    """
    practices = describe(root, base)
    content = {"$schema": f"{base}{SCHEMA.name}", "site": name, "practices": practices}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (site / "practices.json").write_text(text + "\n", encoding="utf-8")
    (site / SCHEMA.name).write_bytes(SCHEMA.read_bytes())
    (site / "llms.txt").write_text(llms(root, base, name), encoding="utf-8")
    for file in pages(root):
        page = file.relative_to(root / "docs").as_posix()
        text = as_markdown(root, page, repo, base)
        (site / page).parent.mkdir(parents=True, exist_ok=True)
        (site / page).write_text(text, encoding="utf-8")
    live = {p["id"]: p for p in practices}
    short = {name: redirect(*leading(base, live[name])) for name in live}
    for gone, entry in registry(root).items():
        if successor := live.get(entry.get("successor", "")):
            why = entry.get("why", "")
            short[gone] = withdrawn(gone, why, *leading(base, successor))
    for link, text in short.items():
        (site / "p" / link).mkdir(parents=True, exist_ok=True)
        (site / "p" / link / "index.html").write_text(text, encoding="utf-8")
    drop_colours(site)
    (site / TEMPLATES).mkdir(exist_ok=True)
    for download, text in downloads(root).items():
        (site / TEMPLATES / download).write_text(text, encoding="utf-8")
    page = redirect(f"../{ALL}", "All practices", f"{base}{ALL}")
    (site / "p" / "index.html").write_text(page, encoding="utf-8")


def drop_colours(site: Path) -> None:
    """Take the named colours out of Material's palette: every page loads it, and has its own."""
    for file in site.glob("assets/stylesheets/**/palette*.css"):
        text = file.read_text(encoding="utf-8")
        file.write_text(OTHERS.sub("", text), encoding="utf-8")


def downloads(root: Path) -> dict[str, str]:
    """Give the name and the text of each file that pages let readers download.

    Raises:
        HandbookError: Two files have one name.
    """
    texts = [file.read_text(encoding="utf-8") for file in pages(root)]
    files: dict[str, str] = {}
    for name, ref in sorted({*re.findall(DOWNLOAD, "\n".join(texts))}):
        if name in files:
            raise HandbookError(f"docs: two files are downloaded as {name}: rename one")
        with suppress(RefusalError):  # the fence itself shows it
            files[name] = resolve(root, ref.partition(":")[0]).text + "\n"
    return files


def describe(root: Path, base: str) -> list[dict[str, Any]]:
    """Describe every practice as `practices.json` does."""
    ledger = Ledger.load(root)
    return [
        {
            "id": practice.id,
            "title": practice.title,
            "level": practice.level,
            "statement": plain(practice.statement),
            "chapter": practice.chapter,
            "symptoms": front_matter(root / "docs" / practice.page)["symptoms"],
            "url": f"{base}{practice.url}",
            "short": f"{base}p/{practice.id}/",
            "proofs": [test.id for test in ledger.proofs(practice.id)],
            "harms": [test.id for test in ledger.harms(practice.id)],
        }
        for practice in read_practices(root)
    ]


def llms(root: Path, base: str, name: str) -> str:
    """Write the index for language models, as llmstxt.org describes it.

    Each link leads to a page as Markdown, which has its code in it.
    """
    rows = [
        f"# {name}",
        "",
        "> Every piece of code shown is a file that a test has run.",
        "",
        f"All practices, with their proofs, as JSON: {base}practices.json",
    ]
    titles = {"": "First page", **chapters(root)}
    listed = [file.relative_to(root / "docs").as_posix() for file in pages(root)]
    for chapter in [*titles, *sorted({folder(page) for page in listed} - {*titles})]:
        rows += ["", f"## {titles.get(chapter, chapter.capitalize())}", ""]
        for page in (page for page in listed if folder(page) == chapter):
            fields = front_matter(root / "docs" / page)
            rows.append(f"- [{fields['title']}]({base}{page}): {fields['description']}")
    return "\n".join(rows) + "\n"


def folder(page: str) -> str:
    """Name the chapter of a page, relative to `docs/`; that of the first page is empty."""
    return page.rpartition("/")[0].partition("/")[0]


def leading(base: str, practice: dict[str, Any]) -> tuple[str, str, str]:
    """Give the way from a short link to a practice, its title and its address."""
    address = "../../" + practice["url"].removeprefix(base)
    return address, practice["title"], practice["url"]


def withdrawn(name: str, why: str, address: str, title: str, canonical: str) -> str:
    """Write the page of a practice that was withdrawn: why, and what replaced it."""
    reason = f"<p>{escape(why)}</p>" * bool(why)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{name} was withdrawn</title>"
        f'<link rel="canonical" href="{escape(canonical)}">'
        '<main style="font: 1.1em/1.5 system-ui; max-width: 40em; margin: 3em auto">'
        f"<h1>{name} was withdrawn</h1>{reason}"
        f'<p>In its place: <a href="{escape(address)}">{escape(title)}</a></p>'
        "</main></html>\n"
    )


def redirect(address: str, title: str, canonical: str) -> str:
    """Write a page that leads on, with and without scripts."""
    there, said = escape(address), escape(title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{said}</title>'
        f'<link rel="canonical" href="{escape(canonical)}">'
        f'<meta http-equiv="refresh" content="0; url={there}">'
        f'<p><a href="{there}">{said}</a></p></html>\n'
    )
