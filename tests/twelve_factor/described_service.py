"""Serve one of the applications of the page on what is beyond the twelve."""

import sys
from importlib import import_module

from snippets.observability.three_pillars.observed import serve

PAGE = "snippets.twelve_factor.beyond_the_twelve"

if __name__ == "__main__":
    serve(import_module(f"{PAGE}.{sys.argv[1]}").app)
