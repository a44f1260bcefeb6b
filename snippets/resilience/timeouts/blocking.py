"""A limit on the body, for code that blocks a thread."""

from time import monotonic

import httpx


def read(client: httpx.Client, url: str, limit: float) -> bytes:
    """Read a body, and look at the clock after each part of it.

    Args:
        client: Who asks.
        url: What is asked for.
        limit: Seconds for the body, and for each silence.

    Raises:
        TimeoutError: The body was not there by then.
        HTTPError: The call failed.
    """
    ends = monotonic() + limit
    body = bytearray()
    with client.stream("GET", url, timeout=limit) as answer:
        for part in answer.iter_bytes():
            body += part
            if monotonic() > ends:
                raise TimeoutError
    return bytes(body)
