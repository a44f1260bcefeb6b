"""The last copies of a book, and a fault."""

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

    async def take(self) -> None:
        """Take one."""
        seen = self.left
        if next(self._jitter):
            await asyncio.sleep(0)  # another one takes a book
        self.left = seen - 1
