"""A cart that is read, changed and written back."""

import json

from redis import Redis


def add_item(redis: Redis, cart: str, item: str) -> int:
    """Add one of an item."""
    items = json.loads(redis.get(f"cart:{cart}") or "{}")
    items[item] = items.get(item, 0) + 1
    redis.set(f"cart:{cart}", json.dumps(items))
    return int(items[item])
