"""Charge a client, through everything that guards the call."""

import asyncio
from http import HTTPStatus

import httpx
from circuitbreaker import CircuitBreaker, CircuitBreakerError
from prometheus_client import Gauge

from snippets.resilience.circuit_breaker.users import is_outage
from snippets.resilience.retries.budget import Budget
from snippets.resilience.retries.retrying import (
    LIMIT,
    attempt,
    may_help,
    send,
)
from snippets.resilience.structured_errors.domain import DomainError
from snippets.resilience.timeouts.deadline import left

COMMIT = 0.5  # seconds kept back to write down what was charged

OPEN = Gauge("payments_circuit_open", "Whether nobody is asked.")
RETRIES = Gauge("payments_retries_left", "What the budget still has.")


class PaymentDeclinedError(DomainError):
    """The provider knows the client, and will not pay."""

    code = "payment-declined"
    status = HTTPStatus.PAYMENT_REQUIRED
    message = "The payment of {cents} cents was declined."


class Payments:
    """The provider, called with care.

    Args:
        address: Its base URL.

    Attributes:
        client: Who asks; close it at the end.
        budget: Of the retries, for all charges together.
        circuit: Open while the provider is left alone.
        guarded: One try, unless the circuit is open.
    """

    def __init__(self, address: str) -> None:
        limits = httpx.Timeout(LIMIT, connect=0.5)
        self.client = httpx.AsyncClient(
            base_url=address, timeout=limits
        )
        self.budget = Budget()
        self.circuit = CircuitBreaker(
            failure_threshold=5,
            recovery_timeout=30,
            expected_exception=is_outage,
            name="payments",
        )
        self.guarded = self.circuit(attempt)
        OPEN.set_function(lambda: self.circuit.opened)
        RETRIES.set_function(
            lambda: self.budget.saved / self.budget.price
        )

    def request(self, key: str, cents: int) -> httpx.Request:
        """Write what the provider is asked, in every try the same."""
        return self.client.build_request(
            "POST",
            "/charges",
            json={"cents": cents},
            headers={"Idempotency-Key": key},
        )

    async def charge(self, key: str, cents: int) -> str:
        """Charge once, however often this is called with the key.

        Returns:
            The provider's name for the charge.

        Raises:
            PaymentDeclinedError: The provider refused.
            TimeoutError: There is no time for another try.
            CircuitBreakerError: The provider is left alone.
            HTTPError: The last try failed.
        """
        request = self.request(key, cents)
        try:
            answer = await send(
                self.client, request, self.budget, pause, self.attempt
            )
        except httpx.HTTPStatusError as error:
            if (
                error.response.status_code
                == httpx.codes.PAYMENT_REQUIRED
            ):
                raise PaymentDeclinedError({"cents": cents}) from error
            raise
        return str(answer.json()["charge"])

    async def attempt(
        self, client: httpx.AsyncClient, request: httpx.Request
    ) -> httpx.Response:
        """Try once, if the whole try fits into what is left."""
        require(LIMIT + COMMIT)
        answer: httpx.Response = await self.guarded(client, request)
        return answer


async def pause(seconds: float) -> None:
    """Wait before another try, if it fits in after."""
    require(seconds + LIMIT + COMMIT)
    await asyncio.sleep(seconds)


def require(seconds: float) -> None:
    """Return only if so much of the deadline is left.

    Raises:
        TimeoutError: It is not.
    """
    if left(seconds) < seconds:
        raise TimeoutError


def is_trouble(error: Exception) -> bool:
    """Say whether a charge may succeed later, as it is."""
    if isinstance(error, httpx.HTTPError):
        return is_outage(type(error), error) or may_help(error)
    return isinstance(error, CircuitBreakerError | TimeoutError)
