"""The work that takes a while."""

import os

import httpx


def send_receipt(order_id: str) -> None:
    """Have a receipt mailed.

    Raises:
        HTTPError: The mail service did not accept it.
    """
    url = f"{os.environ['MAIL_URL']}/receipts/{order_id}"
    httpx.post(url, timeout=30).raise_for_status()
