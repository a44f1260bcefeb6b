"""What is in each cart, counted where all processes see it."""

from redis import Redis

DAY = 24 * 60 * 60  # seconds


def add_item(redis: Redis, cart: str, item: str) -> int:
    """Add one of an item; a cart nobody touches for a day goes."""
    with redis.pipeline() as both:  # one transaction
        both.hincrby(f"cart:{cart}", item, 1)
        both.expire(f"cart:{cart}", DAY)
        return int(both.execute()[0])
