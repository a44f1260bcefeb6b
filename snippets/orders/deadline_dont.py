"""The deadline cuts a try that the breaker watches."""

import asyncio

import httpx

from snippets.orders.payments import Payments
from snippets.resilience.retries.retrying import LIMIT
from snippets.resilience.timeouts.deadline import left


class DeadlineCuts(Payments):
    """The provider, asked for as long as the caller waits."""

    async def attempt(
        self, client: httpx.AsyncClient, request: httpx.Request
    ) -> httpx.Response:
        """Try once, until the deadline."""
        async with asyncio.timeout(left(LIMIT)):
            answer: httpx.Response = await self.guarded(client, request)
        return answer
