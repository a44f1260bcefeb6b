"""Receipts, written from what the orders answer."""

import httpx


def receipt(orders: httpx.Client, order: str) -> str:
    """Write the receipt of an order."""
    answer = orders.get(f"/orders/{order}").raise_for_status()
    return f"Received {answer.json()['total']} EUR"
