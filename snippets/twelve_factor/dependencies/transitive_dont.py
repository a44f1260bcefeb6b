# ruff: noqa: PLC0415 # readers see the import
# mypy: disable-error-code="import-not-found"
"""A charge that counts on a package which came with another."""


def charge(amount: str) -> str:
    """Charge an amount, for which pyproject.toml declares `payments`."""
    import money
    import payments

    return f"{payments.NAME} charged {money.cents(amount)} cents"
