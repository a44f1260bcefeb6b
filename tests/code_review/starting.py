"""Start the shop up to where it would serve: `python -m tests.code_review.starting MODULE`."""

from __future__ import annotations

import sys
from importlib import import_module
from unittest.mock import patch

from snippets.twelve_factor.config import service

if __name__ == "__main__":
    settings = import_module(sys.argv[1]).Settings
    serving = patch("uvicorn.run")  # what is logged comes before
    with patch.object(service, "Settings", settings), serving:
        service.main()
