"""Load of clients that wait for each answer."""

from time import perf_counter

import httpx


def measure(url: str, count: int) -> list[float]:
    """Send one request after another, and give their latencies."""
    latencies = []
    with httpx.Client() as client:
        for _ in range(count):
            begun = perf_counter()
            client.get(url).raise_for_status()
            latencies.append(perf_counter() - begun)
    return latencies
