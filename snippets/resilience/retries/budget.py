"""All retries of a client together have a limit."""


class Budget:
    """Retries that may be made: one for ten requests, and a reserve.

    Args:
        price: How many requests earn a retry.
        reserve: How many retries are there at first, and at most.
    """

    def __init__(self, price: int = 10, reserve: int = 10) -> None:
        self.price = price
        self.most = price * reserve
        self.saved = self.most

    def earn(self) -> None:
        """Count a request."""
        self.saved = min(self.most, self.saved + 1)

    def spend(self) -> bool:
        """Pay for a retry, if there is enough."""
        if self.saved < self.price:
            return False
        self.saved -= self.price
        return True
