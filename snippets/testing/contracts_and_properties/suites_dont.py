# ruff: noqa: S101 # tests
"""Tests of either side that know nothing of the other."""

import httpx

from snippets.testing.contracts_and_properties.consumer import receipt


def consumer_is_right() -> None:
    """The receipt says what the mock answers."""
    body = {"total": "19.99"}
    orders = httpx.MockTransport(
        lambda _: httpx.Response(200, json=body)
    )
    client = httpx.Client(transport=orders, base_url="http://orders")
    assert receipt(client, "ord-1") == "Received 19.99 EUR"


def provider_is_right(orders: httpx.Client) -> None:
    """The order says what it says."""
    assert orders.get("/orders/ord-1").json() == {
        "id": "ord-1",
        "state": "paid",
        "amount": "19.99",
    }
