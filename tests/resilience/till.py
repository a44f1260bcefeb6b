"""The orders of the page as a service, and its payments, or a first draft's."""

import sys
from typing import Annotated, Any

from fastapi import Depends, Header
from pydantic import BaseModel

from snippets.observability.three_pillars.observed import serve
from snippets.resilience.idempotency import fresh_key_dont, payments
from snippets.resilience.idempotency.once import once
from snippets.resilience.idempotency.orders import app, pool, sent

pay = fresh_key_dont.pay if "draft" in sys.argv else payments.pay


class Payment(BaseModel):
    """How much."""

    cents: int


@app.post("/payments", status_code=201)
def take_payment(
    payment: Payment,
    request: Annotated[bytes, Depends(sent)],
    client: Annotated[str, Header(alias="X-Client")],
    key: Annotated[str, Header(alias="Idempotency-Key")],
) -> dict[str, Any]:
    """Take a payment once."""
    with pool().connection() as connection:
        return once(
            connection,
            client,
            key,
            request,
            lambda: pay(connection, client, key, payment.cents),
        )


if __name__ == "__main__":
    serve(app)
