# ruff: noqa: S101 # a test asserts
"""The same way through the shop, with a sleep in it."""

from time import sleep
from uuid import uuid4

import httpx


def discount_and_receipt(shop: str) -> None:
    """Buy with a new code, and read the receipt two seconds later."""
    code = f"TEST-{uuid4()}"
    with httpx.Client(base_url=shop, timeout=10) as client:
        grant = {"code": code, "percent": 25, "uses": 2}
        client.post("/codes", json=grant).raise_for_status()
        wish = {"price": "19.99", "code": code}
        order = client.post("/orders", json=wish).json()
        assert order["total"] == "14.99"
        sleep(2)
        seen = client.get(f"/orders/{order['id']}").json()
        assert seen["receipt"] == "Paid 14.99"
