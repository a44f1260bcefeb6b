"""Book a parcel for an order."""

import os
from typing import Any
from uuid import UUID

import httpx
from psycopg import Connection

carrier = httpx.Client(timeout=2)


def ship(_: Connection, message: UUID, order: dict[str, Any]) -> None:
    """Book a parcel, once however often the message comes.

    Raises:
        HTTPError: The carrier did not answer well.
    """
    carrier.post(
        f"{os.environ['CARRIER']}/parcels",
        json=order,
        headers={"Idempotency-Key": str(message)},
    ).raise_for_status()
