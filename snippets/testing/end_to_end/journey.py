# ruff: noqa: S101 # a test asserts
"""A customer's way through the shop, from the code to the receipt."""

from uuid import uuid4

import httpx

from snippets.testing.end_to_end.waiting import eventually


def discount_and_receipt(shop: str, patience: float = 30) -> None:
    """Use up a new code, and read the receipt of the first order.

    It takes nothing but an address, and leaves what others use alone:
    so it runs against a laptop, staging or production.

    Args:
        shop: URL of the running shop.
        patience: Seconds until a customer asks where the receipt is.
    """
    code = f"TEST-{uuid4()}"
    with httpx.Client(base_url=shop, timeout=10) as client:

        def buy() -> dict[str, str]:
            order = {"price": "19.99", "code": code}
            answer = client.post("/orders", json=order)
            return dict(answer.raise_for_status().json())

        def receipt(order: dict[str, str]) -> object:
            return client.get(f"/orders/{order['id']}").json()[
                "receipt"
            ]

        grant = {"code": code, "percent": 25, "uses": 2}
        client.post("/codes", json=grant).raise_for_status()
        orders = [buy() for _ in "123"]
        totals = [order["total"] for order in orders]
        assert totals == ["14.99", "14.99", "19.99"]
        first = orders[0]
        eventually(lambda: receipt(first), "Paid 14.99", patience)
