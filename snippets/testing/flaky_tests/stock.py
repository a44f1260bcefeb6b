"""The last copies of a book, each taken once."""

import asyncio


class Stock:
    """Books that are left.

    Args:
        left: How many.
        jitter: Waits as a network does, or not.
    """

    def __init__(self, left: int, jitter: list[bool]) -> None:
        self.left = left
        self._jitter = iter(jitter)
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Take one, while nobody else does."""
        async with self._lock:
            seen = self.left
            if next(self._jitter):
                await asyncio.sleep(0)
            self.left = seen - 1
