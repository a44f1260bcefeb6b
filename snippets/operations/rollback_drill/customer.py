"""Use a shop as its customers do."""

import httpx


class Customer:
    """Somebody who orders, and looks at all that was ordered before.

    Attributes:
        orders: What was confirmed: each number, and its item.
    """

    def __init__(self) -> None:
        self.orders: dict[str, str] = {}

    def ask(self, shop: str) -> str | None:
        """Order tea, and look at every order.

        Args:
            shop: Its address.

        Returns:
            The release that did it; nothing if it took no order, or
            does not show one that was confirmed.
        """
        try:
            with httpx.Client(base_url=shop, timeout=60) as client:
                placed = client.post("/orders", json="tea")
                number = placed.raise_for_status().json()
                self.orders[number] = "tea"
                listed = client.get("/orders")
                shown = listed.raise_for_status().json()
                release = client.get("/version").raise_for_status()
        except httpx.HTTPError:
            return None
        if not self.orders.items() <= shown.items():
            return None
        return release.text.strip()
