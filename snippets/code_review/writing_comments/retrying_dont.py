"""A retry of whatever the server was too busy for."""

import httpx

from snippets.resilience.retries.retrying import BUSY, OURS


def may_help(error: httpx.HTTPError) -> bool:
    """Say whether the same request may succeed later."""
    if isinstance(error, httpx.HTTPStatusError):
        passes = error.response.status_code in BUSY
    else:
        passes = isinstance(error, httpx.TransportError)
        passes = passes and not isinstance(error, OURS)
    return passes
