"""Try what comes to mind."""

import httpx


def is_safe(owner: httpx.Client, stranger: httpx.Client) -> bool:
    """Say whether an order is read by its owner, and no stranger."""
    read = owner.get("/orders/1").status_code
    refused = stranger.get("/orders/1").status_code
    return (read, refused) == (200, 401)
