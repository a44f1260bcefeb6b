"""Run what an artifact names, as a deploy does: a folder, and its environment."""

import os
from pathlib import Path

from snippets.observability.three_pillars.observed import serve
from snippets.twelve_factor.codebase.version import versioned

if __name__ == "__main__":
    serve(versioned(Path(os.environ["RELEASE"])))
