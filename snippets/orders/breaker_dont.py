"""The breaker around the retries."""

from snippets.orders.payments import Payments
from snippets.resilience.retries.retrying import send


class BreakerOutside(Payments):
    """The provider, called with the right parts in another order."""

    async def charge(self, key: str, cents: int) -> str:
        """Charge once; three tries that fail are one failure."""
        request = self.request(key, cents)
        with_retries = self.circuit(send)
        answer = await with_retries(self.client, request, self.budget)
        return str(answer.json()["charge"])
