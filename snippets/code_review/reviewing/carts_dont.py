"""What is in each cart, with the counts at hand."""

from collections import Counter, defaultdict

from redis import Redis

DAY = 24 * 60 * 60  # seconds
known: defaultdict[str, Counter[str]] = defaultdict(Counter)


def add_item(redis: Redis, cart: str, item: str) -> int:
    """Add one of an item; a cart nobody touches for a day goes."""
    known[cart][item] += 1
    with redis.pipeline() as both:  # one transaction
        both.hset(f"cart:{cart}", item, str(known[cart][item]))
        both.expire(f"cart:{cart}", DAY)
        both.execute()
    return known[cart][item]
