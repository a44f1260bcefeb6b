"""Begin a page: its practice, its snippets and its tests, which pass as they stand."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from string import Template
from typing import Final

from handbook.errors import HandbookError
from handbook.practices import registry

MOULD: Final = Path(__file__).with_name("mould")
OUTPUT: Final = "asked for and got: 10,000,000\n"
NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
USAGE: Final = (
    'nox -s new -- chapter/page "Title", as in resilience/bulkheads "Bulkheads"'
)


def begin(root: Path, name: str, title: str) -> list[str]:
    """Write the files of a page, and name it wherever pages are named.

    Args:
        root: The root of the project.
        name: Chapter and page, as `resilience/bulkheads`.
        title: What readers see.

    Returns:
        The files that were written or changed, relative to the root.

    Raises:
        HandbookError: The name is no name, is taken, or is in no chapter; nothing
            has been written then.
    """
    chapter, _, page = name.partition("/")
    if not (NAME.fullmatch(chapter) and NAME.fullmatch(page)):
        raise HandbookError(f"{name!r} is no chapter/page of small letters: {USAGE}")
    if not title.strip() or "\n" in title:
        raise HandbookError(f"the title is missing: {USAGE}")
    chapters = sorted(x.name for x in (root / "docs").iterdir() if any(x.glob("*.md")))
    if chapter not in chapters:
        near = get_close_matches(chapter, chapters, 1)
        hint = f"do you mean {near[0]}?" if near else f"one of {', '.join(chapters)}"
        raise HandbookError(f"there is no chapter {chapter!r}: {hint}")
    if (root / "docs" / f"{name}.md").exists():
        raise HandbookError(f"docs/{name}.md is there already: edit it")
    if page in registry(root):
        raise HandbookError(
            f"{page!r} was the ID of a practice once: take another name"
        )
    navigation = root / "mkdocs.yml"
    nav = in_nav(navigation.read_text(encoding="utf-8"), chapter, name)
    written = files(chapter, page, title)
    for file, text in written.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")
    navigation.write_text(nav, encoding="utf-8")
    today = datetime.now(UTC).date()
    append(root / "handbook/registry.toml", f"\n[{page}]\nsince = {today}\n")
    return [*written, "mkdocs.yml", "handbook/registry.toml"]


def files(chapter: str, page: str, title: str) -> dict[str, str]:
    """Fill the mould: the text of each file, by its path."""
    folder = f"{chapter}/{page}".replace("-", "_")
    values = {
        "title": title,
        "chapter": chapter,
        "id": page,
        "page": page.replace("-", "_"),
        "package": folder.replace("/", "."),
        "today": str(datetime.now(UTC).date()),
    }
    code = {**values, "chapter": chapter.replace("-", "_")}
    test = f"tests/{chapter.replace('-', '_')}/test_{values['page']}.py"
    words = Template((MOULD / "page.md.txt").read_text("utf-8"))
    shown = words.template.replace('"$chapter/', f'"{code["chapter"]}/')
    return {
        f"docs/{chapter}/{page}.md": Template(shown).substitute(values),
        f"snippets/{folder}/__init__.py": "",
        f"snippets/{folder}/example.py": filled("example.py", code),
        f"snippets/{folder}/example_dont.py": filled("example_dont.py", code),
        f"snippets/{folder}/example_dont.out": OUTPUT,
        test: filled("test.py", code),
    }


def filled(name: str, values: dict[str, str]) -> str:
    """Fill one file of the mould."""
    text = (MOULD / f"{name}.txt").read_text("utf-8")
    return Template(text).substitute(values)


def in_nav(text: str, chapter: str, name: str) -> str:
    """Put a page behind the last one of its chapter.

    Raises:
        HandbookError: The navigation has no page of this chapter.
    """
    rows = text.split("\n")
    own = [n for n, row in enumerate(rows) if f"- {chapter}/" in row]
    if not own:
        raise HandbookError(
            f"mkdocs.yml: nav has no page of {chapter}: write the first"
        )
    indent = rows[own[-1]].partition("-")[0]
    return "\n".join(
        [*rows[: own[-1] + 1], f"{indent}- {name}.md", *rows[own[-1] + 1 :]]
    )


def append(file: Path, text: str) -> None:
    """Write at the end of a file."""
    with file.open("a", encoding="utf-8") as open_file:
        open_file.write(text)


def main(arguments: list[str]) -> int:
    """Begin a page, and say what comes next.

    Returns:
        0, or 1 with one line on standard error.
    """
    try:
        name, title = arguments
    except ValueError:
        sys.stderr.write(f"{USAGE}\n")
        return 1
    try:
        written = begin(Path.cwd(), name, title)
    except HandbookError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    rows = [*(f"wrote {file}" for file in written)]
    rows.append(f"next: nox -s tests -- {name}, then edit the page with nox -s serve")
    sys.stdout.write("\n".join(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
