"""Clients that failed at the same time come back."""

from collections import Counter
from collections.abc import Callable
from heapq import heapify, heappop, heappush


def herd(
    pause: Callable[[int], float], clients: int, capacity: int
) -> list[float]:
    """Give the seconds at which each call of all clients arrives.

    All have failed once, at 0. Whom the server has no room for fails
    again, and comes back after another pause.

    Args:
        pause: Seconds to wait, after so many failures.
        clients: How many there are.
        capacity: How many calls the server answers in 100 ms.
    """
    calls = []
    answered = Counter[int]()
    coming = [(pause(1), 1) for _ in range(clients)]
    heapify(coming)
    while coming:
        now, failed = heappop(coming)
        calls.append(now)
        if answered[int(now * 10)] < capacity:
            answered[int(now * 10)] += 1
        else:
            again = now + pause(failed + 1)
            heappush(coming, (again, failed + 1))
    return calls
