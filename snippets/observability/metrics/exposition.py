"""A scrape of the port gives the numbers of the whole service."""

import os

from fastapi import Request, Response
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector


async def metrics(request: Request) -> Response:
    """Write every metric in the format that the scraper asks for."""
    encode, content_type = choose_encoder(
        request.headers.get("accept", "")
    )
    return Response(encode(registry()), media_type=content_type)


def registry() -> CollectorRegistry:
    """Give the metrics of this process, or of all of its workers."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    workers = CollectorRegistry()
    MultiProcessCollector(workers)  # reads the files that they share
    return workers
