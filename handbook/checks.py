"""Checks over the whole handbook: orphans, proofs, exemptions, page shape."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from handbook.errors import HandbookError
from handbook.ledger import Ledger, mirrors
from handbook.practices import PRACTICES, PROOFS, Practice, front_matter, pages
from handbook.sources import (
    RefusalError,
    imported,
    language_of,
    parse,
    read,
    resolve,
    sections,
    sides,
)

if TYPE_CHECKING:
    from pathlib import Path

    from handbook.gate import Shown

ASSETS: Final = {".css", ".js", ".svg", ".png", ".ico", ".woff2"}
FREE: Final = ("start/", "reference/", "index.md")  # code there needs no practice
LABELS: Final = ("**Why.**", "**Verified.**", "**When not to.**")
WORDS: Final = (400, 900)
FENCED: Final = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2$", re.DOTALL | re.MULTILINE)
UNTESTED: Final = re.compile(r'^\s*(?:`{3,}|~{3,}).*\buntested="(?P<reason>[^"]*)"')


def check_files(root: Path) -> None:
    """Read the front matter of every page, and the syntax of every Python snippet.

    Beside pages, `docs/` holds only what `docs/assets/` may hold.

    Raises:
        HandbookError: One is broken.
    """
    for file in sorted((root / "docs").rglob("*")):
        shown = file.relative_to(root).as_posix()
        asset = shown.startswith("docs/assets/") and file.suffix in ASSETS
        if file.is_symlink() or not (file.is_dir() or file.suffix == ".md" or asset):
            message = f"{shown}: docs/ holds pages called name.md, and assets/"
            raise HandbookError(message)
    for file in pages(root):
        front_matter(file)
    for name in snippets(root):
        if name.endswith(".py"):
            shown = f"snippets/{name}"
            parse(read(root / shown, shown), shown)


def snippets(root: Path) -> list[str]:
    """List the files under `snippets/` that a page may show."""
    skipped = {"__init__.py", "py.typed", "ruff.toml"}
    found = sorted(p for p in (root / "snippets").rglob("*") if p.is_file())
    return [
        path.relative_to(root / "snippets").as_posix()
        for path in found
        if path.name not in skipped and "__pycache__" not in path.parts
    ]


def check_orphans(root: Path, shown: dict[str, Shown]) -> list[str]:
    """Say which snippets no page shows, which have no test, and which no verifier."""
    refs = {ref for page in shown.values() for ref in page.embeds}
    for diff in [ref for ref in refs if ref.endswith(".diff")]:
        refs |= {*sides(read(root / "snippets" / diff, diff), diff)}
    files = {ref.partition(":")[0] for ref in refs}
    used = set(files)
    for name in files:
        shown_file = f"snippets/{name}"
        used |= {x.removeprefix("snippets/") for x in imported(root, shown_file)}
    problems = []
    for name in snippets(root):
        path = root / "snippets" / name
        try:
            language, text = language_of(path), read(path, f"snippets/{name}")
        except RefusalError as refusal:
            problems.append(f"snippets/{name}: {refusal}")
            continue
        if "pragma: no" in text:
            problems.append(f"snippets/{name}: a line that no test runs is not shown")
        if name not in used:
            problems.append(f"snippets/{name}: no page shows it: embed it or delete it")
        own = mirrors(f"snippets/{name}")
        if not any((root / test).is_file() for test in own):
            problems.append(f"snippets/{name}: no test: write {own[0]}")
        if language != "python":
            problems += [
                f"snippets/{name}: no page shows its section {section}"
                for section in sections(text)
                if f"{name}:{section}" not in refs
            ]
    return problems


def check_proofs(root: Path, practices: list[Practice], ledger: Ledger) -> list[str]:
    """Say which practices nothing proves, and which proofs run nothing shown."""
    problems = []
    for practice in practices:
        proofs, harms = ledger.proofs(practice.id), ledger.harms(practice.id)
        where = f"docs/{practice.page}:{practice.line}: {practice.id}"
        files = {f"snippets/{x.partition(':')[0]}" for x in practice.embeds}
        hurts = {file for file in files if "_dont." in file}
        shown = {f for file in files - hurts for f in {file, *imported(root, file)}}
        if practice.level == "must" and files and not proofs:
            problems.append(f"{where} is a must with code, and no test proves it")
        elif not proofs and not practice.sources:
            problems.append(f"{where} has neither a proof nor a source")
        if hurts and not harms:
            problems.append(f"{where} shows a Don't, and no test shows the harm")
        for tests, wanted in ((proofs, shown), (harms, hurts)):
            idle = [
                test.id for test in tests if wanted and not wanted & test.ran.keys()
            ]
            problems += [f"{where}: {name} runs nothing that it shows" for name in idle]
    return problems


def check_ran(root: Path, shown: dict[str, Shown], ledger: Ledger) -> list[str]:
    """Say which blocks no test ran."""
    return [
        f"docs/{page}:1: no test ran {ref}: call it in {mirrors(f'snippets/{ref}')[0]}"
        for page, content in shown.items()
        for ref in content.embeds
        if not ledger.ran(resolve(root, ref))
    ]


def exemptions(root: Path) -> list[tuple[str, int, str]]:
    """List page, line and reason of each block that no test runs."""
    return [
        (file.relative_to(root).as_posix(), number, match["reason"])
        for file in pages(root)
        for number, row in enumerate(file.read_text(encoding="utf-8").split("\n"), 1)
        if (match := UNTESTED.match(row))
    ]


def agreed_exemptions(root: Path) -> int:
    """Read how many blocks may be shown without a test.

    Raises:
        HandbookError: `pyproject.toml` does not say.
    """
    try:
        settings = tomllib.loads(read(root / "pyproject.toml", "pyproject.toml"))
        return int(settings["tool"]["handbook"]["untested"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        message = "pyproject.toml: write untested = 0 under [tool.handbook]"
        raise HandbookError(message) from error


def check_exemptions(root: Path, shown: dict[str, Shown]) -> list[str]:
    """Say whether blocks without a test are as many as agreed."""
    count = sum(len(page.untested) for page in shown.values())
    agreed = agreed_exemptions(root)
    if count == agreed:
        return []
    mend = "test them" if count > agreed else f"lower it to {count}"
    return [f"pyproject.toml: untested = {agreed}, and the pages show {count}: {mend}"]


def check_shape(
    root: Path, practices: list[Practice], shown: dict[str, Shown]
) -> list[str]:
    """Say which pages are not laid out as CONTRIBUTING says."""
    inside = {ref for practice in practices for ref in practice.embeds}
    problems = [
        f"docs/{page}:1: {ref} is shown outside a practice"
        for page, content in shown.items()
        for ref in content.embeds
        if ref not in inside and not page.startswith(FREE)
    ]
    rows = [row for file in pages(root) for row in read(file, "").split("\n")]
    problems += [
        f"docs: one page must have the line {mark}, where its list stands"
        for mark in (PROOFS, PRACTICES)
        if rows.count(mark) != 1
    ]
    for practice in practices:
        where = f"docs/{practice.page}:{practice.line}: {practice.id}"
        problems += [f"{where} lacks {x}" for x in LABELS if x not in practice.body]
    for page in sorted({practice.page for practice in practices}):
        text = (root / "docs" / page).read_text(encoding="utf-8")
        count = words(text)
        if not WORDS[0] <= count <= WORDS[1]:
            problems.append(
                f"docs/{page}:1: {count} words: write {WORDS[0]} to {WORDS[1]}, code and footnotes not counted"
            )
        if "\n## In review\n" not in text:
            problems.append(f'docs/{page}:1: there is no "## In review"')
        if any(p.embeds for p in practices if p.page == page) and "_dont." not in text:
            problems.append(f"docs/{page}:1: it shows code, and no Don't")
    return problems


def words(text: str) -> int:
    """Count the words of prose: no front matter, fence, attribute or footnote."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(FENCED, "", text)
    rows = [row for row in text.split("\n") if not row.startswith(("[^", "*["))]
    prose = re.sub(r"\]\([^)]*\)|\{[^}]*\}|\[\^[^\]]*\]", " ", " ".join(rows))
    return len(re.findall(r"\w+(?:[-’'.]\w+)*", prose))
