"""Accounts, and who may use them."""

from functools import cache


@cache
def limits() -> dict[str, int]:
    """Give the limit of each account, read once."""
    return {"ada": 100, "ben": 50}


def may_spend(name: str, amount: int) -> bool:
    """Say whether an account may spend an amount, in euros."""
    return amount <= limits()[name]


def lend(name: str, amount: int) -> None:
    """Let an account spend more, in euros."""
    limits()[name] += amount
