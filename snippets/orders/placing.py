"""Take an order, and charge it now or later."""

import structlog
from fastapi.concurrency import run_in_threadpool
from prometheus_client import Counter

from snippets.delivery.feature_flags.enabled import enabled
from snippets.orders.models import NewOrder, Order
from snippets.orders.payments import (
    PaymentDeclinedError,
    Payments,
    is_trouble,
)
from snippets.orders.store import Store
from snippets.resilience.idempotency.payments import key_for

ANSWERS = Counter("order_answers_total", "Orders taken.", ["quality"])
for each in ("fresh", "fallback"):
    ANSWERS.labels(each)  # begins at 0

logger = structlog.get_logger()


class Placing:
    """What happens to a new order.

    Args:
        store: Where orders are kept.
        payments: Who charges.
    """

    def __init__(self, store: Store, payments: Payments) -> None:
        self.store = store
        self.payments = payments

    async def place(
        self, client: str, key: str, request: bytes, wanted: NewOrder
    ) -> Order:
        """Take an order once, however often it is sent.

        It is kept first, with the message that it is to be charged,
        and no connection is held while the provider is asked. If this
        process dies, the message is still there.

        Args:
            client: Who asks, as their token proves.
            key: What the client calls the request.
            request: All that was sent.
            wanted: What it means.

        Raises:
            PaymentDeclinedError: It is not paid, and stays declined.
        """
        order, new = await run_in_threadpool(
            self.store.place, client, key, request, wanted
        )
        if new:
            order = await self.charge(
                order, client, key_for(client, key, "charge")
            )
        if order.payment == "declined":
            raise PaymentDeclinedError({"cents": order.cents})
        waits = order.payment == "pending"
        ANSWERS.labels("fallback" if waits else "fresh").inc()
        return order

    async def charge(
        self, order: Order, client: str, key: str
    ) -> Order:
        """Charge an order, or leave that to the settlement."""
        order_id = str(order.order_id)
        charge: str | None = None
        try:
            if not enabled("hold-payments", client):
                charge = await self.payments.charge(key, order.cents)
        except PaymentDeclinedError:
            await run_in_threadpool(self.store.settle, order_id, None)
            return order.model_copy(update={"payment": "declined"})
        except Exception as error:
            if not is_trouble(error):
                raise  # our own fault: no fallback may hide it
            logger.warning(
                "payment_pending", order_id=order_id, error=repr(error)
            )
        if charge is None:
            await run_in_threadpool(self.store.leave, order_id)
            return order
        await run_in_threadpool(self.store.settle, order_id, charge)
        return order.model_copy(update={"payment": "charged"})
