"""Charge the orders that were taken while the provider was out."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog
from circuitbreaker import CircuitBreaker
from psycopg import Connection, connect

from snippets.observability.structured_logging.json_lines import (
    configure_logging,
)
from snippets.orders.payments import PaymentDeclinedError, Payments
from snippets.orders.settings import Settings
from snippets.orders.store import settle
from snippets.resilience.idempotency.payments import key_for
from snippets.resilience.queues.consumer import Handle, work_once
from snippets.twelve_factor.config.start import checked

logger = structlog.get_logger()


async def charged(
    payments: Payments, body: dict[str, Any]
) -> str | None:
    """Charge an order under the key that its request had.

    Returns:
        The provider's name for the charge; none if it refused.
    """
    key = key_for(body["client"], body["key"], "charge")
    with suppress(PaymentDeclinedError):
        return await payments.charge(key, body["cents"])
    return None


def settling(payments: Payments, runner: asyncio.Runner) -> Handle:
    """Make what is done with each message."""

    def handle(
        connection: Connection, _message: UUID, body: dict[str, Any]
    ) -> None:
        charge = charged(payments, body)
        settle(connection, body["order_id"], runner.run(charge))

    return handle


def settle_all(
    connection: Connection, circuit: CircuitBreaker, handle: Handle
) -> int:
    """Settle what is due, unless the provider is in trouble.

    Returns:
        How many orders were tried.
    """

    def one() -> bool:
        return circuit.closed and work_once(connection, handle)

    return sum(iter(one, False))  # noqa: FBT003 # it has no name


def main() -> None:
    """Settle what is due, and exit."""
    settings = checked(Settings)
    configure_logging()
    url = settings.database_url.get_secret_value()
    payments = Payments(str(settings.payments))
    with (
        asyncio.Runner() as runner,
        connect(url, autocommit=True) as connection,
    ):
        handle = settling(payments, runner)
        tried = settle_all(connection, payments.circuit, handle)
        logger.info("settled", tried=tried)
        runner.run(payments.client.aclose())


if __name__ == "__main__":
    main()
