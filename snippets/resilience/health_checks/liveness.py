"""Liveness: the answer is that somebody answers."""

from fastapi import Response


async def health() -> Response:
    """Answer, and ask nobody."""
    return Response()
