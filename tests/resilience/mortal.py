"""A process of the queue that is killed in the middle of what it does.

`shop` places an order and dies as it tells the others; `shipping`, `shipping_dont`
and `consumer_dont` take a message and die when the carrier has, or has not, answered.
"""

import os
import signal
import sys

import httpx
import psycopg

from snippets.resilience.queues import (
    consumer,
    consumer_dont,
    outbox,
    outbox_dont,
    shipping,
    shipping_dont,
)


def die(_: object) -> None:
    """End as a machine that loses its power."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(part: str) -> None:
    """Play one part."""
    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    place = os.environ["CARRIER"]
    match part:
        case "outbox":
            outbox.place_order(connection, "ord-1", 1999)
            die(part)
        case "outbox_dont":
            broker = httpx.Client(base_url=place, event_hooks={"request": [die]})
            outbox_dont.place_order(connection, broker, "ord-1")
        case "shipping":
            shipping.carrier.event_hooks = {"response": [die]}
            consumer.work_once(connection, shipping.ship)
        case "shipping_dont":
            shipping.carrier.event_hooks = {"response": [die]}
            consumer.work_once(connection, shipping_dont.ship)
        case "consumer_dont":
            shipping.carrier.event_hooks = {"request": [die]}
            consumer_dont.work_once(connection, shipping.ship)


if __name__ == "__main__":
    main(sys.argv[1])
