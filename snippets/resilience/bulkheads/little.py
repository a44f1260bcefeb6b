"""How many requests are in flight, by Little's law."""


def in_flight(rate: float, seconds: float) -> float:
    """Give the mean number in flight: L = λW.

    Args:
        rate: Requests that are finished in a second, λ.
        seconds: That each spends in the service, W.
    """
    return rate * seconds
