"""Give each user a place in each flag, the same one for ever."""

from hashlib import sha256

BUCKETS = 10_000  # so that a rollout has steps of 0.01 %


def bucket(flag: str, user: str) -> int:
    """Say which bucket of a flag a user is in, from 0 to 9,999.

    Args:
        flag: Its key, so that each flag has an order of its own.
        user: What names the user for as long as the rollout lasts.
    """
    digest = sha256(f"{flag}:{user}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
