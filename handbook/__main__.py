"""Check the handbook: `python -m handbook` inputs, exports, site, compare or stale."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mkdocs.config import load_config

from handbook.checks import (
    agreed_exemptions,
    check_exemptions,
    check_files,
    check_orphans,
    check_proofs,
    check_ran,
    check_shape,
)
from handbook.compare import compare
from handbook.errors import HandbookError
from handbook.exports import downloads, write_exports
from handbook.gate import check_site
from handbook.glossary import check_used, glossary
from handbook.ledger import Ledger, support_digest
from handbook.links import check_links
from handbook.practices import check_named, check_registry, read_practices, registry
from handbook.reading import check_read
from handbook.stale import stale, today


def check_inputs(root: Path) -> None:
    """Read all that a build reads.

    Raises:
        HandbookError: Something is broken.
    """
    support_digest.cache_clear()  # a preview builds more than once
    check_files(root)
    agreed_exemptions(root)
    Ledger.load(root)
    registry(root)
    check_named(root)
    check_read(root)
    downloads(root)
    glossary(root)


def check_built(root: Path, site: Path, base: str) -> tuple[list[str], list[str]]:
    """Check a built site.

    Returns:
        What must be mended, and what is only said outside CI.
    """
    check_inputs(root)
    practices, ledger = read_practices(root), Ledger.load(root)
    shown, problems = check_site(root, site)
    problems += check_orphans(root, shown)
    problems += check_exemptions(root, shown)
    problems += check_registry(practices, registry(root))
    problems += check_shape(root, practices, shown)
    problems += check_links(site, base)
    problems += check_used(root)
    if stale := ledger.problem():
        return problems, [stale]
    problems += check_ran(root, shown, ledger)
    return problems + check_proofs(root, practices, ledger), []


def address(root: Path) -> tuple[str, str, str]:
    """Give the address and the name of the site, and the repository, as `mkdocs.yml` sets them."""
    config = load_config(str(root / "mkdocs.yml"))
    return config.site_url or "/", config.site_name, config.repo_url or ""


def main(arguments: list[str]) -> int:
    """Run a command.

    Returns:
        0 if all is well, 1 with every problem on standard error.
    """
    root = Path.cwd()
    problems: list[str] = []
    notes: list[str] = []
    try:
        match arguments:
            case ["inputs"]:
                check_inputs(root)
                return 0
            case ["exports", site]:
                write_exports(root, root / site, *address(root))
                return 0
            case ["compare", one, other]:
                problems = compare(root, root / one, root / other)
            case ["stale"]:
                problems = stale(root, today())
            case ["site", site]:
                problems, notes = check_built(root, root / site, address(root)[0])
            case _:
                raise HandbookError(__doc__ or "")
    except HandbookError as error:
        problems = [str(error)]
    if os.environ.get("CI"):
        problems, notes = problems + notes, []
    for line in [*problems, *(f"note: {note}" for note in notes)]:
        print(line, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
