"""Charge the orders that were taken while the provider was out."""

import asyncio
from typing import Any
from uuid import UUID

import structlog
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


def settling(payments: Payments, runner: asyncio.Runner) -> Handle:
    """Make what is done with each message."""

    def handle(
        connection: Connection, _message: UUID, body: dict[str, Any]
    ) -> None:
        key = key_for(body["client"], body["key"], "charge")
        charge: str | None = None
        try:
            charge = runner.run(payments.charge(key, body["cents"]))
        except PaymentDeclinedError:
            logger.info("payment_declined", order_id=body["order_id"])
        settle(connection, body["order_id"], charge)
        logger.info("order_settled", order_id=body["order_id"])

    return handle


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
        while payments.circuit.closed and work_once(connection, handle):
            pass
        runner.run(payments.client.aclose())


if __name__ == "__main__":
    main()
