"""Bring the database of the orders to this release, and exit."""

import os
from pathlib import Path

from snippets.observability.structured_logging.json_lines import (
    configure_logging,
)
from snippets.twelve_factor.admin_processes.migrate import migrate

FOLDER = Path(__file__).parent / "migrations"

if __name__ == "__main__":
    configure_logging()
    migrate(os.environ["DATABASE_URL"], FOLDER)
