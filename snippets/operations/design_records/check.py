"""Fail where a record lacks something, or was changed in place."""

import sys
from pathlib import Path

from snippets.operations.design_records.records import faults
from snippets.operations.design_records.rewritten import rewritten


def main() -> None:
    """Write what is wrong, and exit with 1 if anything is."""
    found = faults(Path("docs/decisions"))
    found += rewritten(Path(), "docs/decisions/")
    sys.exit("\n".join(found) or None)


if __name__ == "__main__":
    main()
