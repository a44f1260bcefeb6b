"""Book a parcel for an order, and another one."""

import os
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from snippets.resilience.queues.shipping import carrier


def ship(_: Connection, _message: UUID, order: dict[str, Any]) -> None:
    """Book a parcel each time the message comes."""
    carrier.post(
        f"{os.environ['CARRIER']}/parcels",
        json=order,
        headers={"Idempotency-Key": str(uuid4())},
    ).raise_for_status()
