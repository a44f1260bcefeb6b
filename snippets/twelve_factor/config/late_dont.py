"""Settings that are looked up where they are used."""

import os


def database_url() -> str:
    """Give the database."""
    return os.environ.get("DATABASE_URL", "postgresql:///shop_dev")


def sends_mail() -> bool:
    """Say whether customers get mail."""
    return bool(os.environ.get("SEND_MAIL"))


def payment_key() -> str:
    """Give the key, for which the first customer waits."""
    return os.environ["PAYMENT_KEY"]
