"""Settings in groups, one for each deploy that somebody thought of."""

import os

GROUPS = {
    "development": {"db": "postgresql:///shop_dev", "mail": False},
    "production": {"db": "postgresql://db.internal/shop", "mail": True},
}


def config() -> dict[str, object]:
    """Choose the group of this deploy."""
    return GROUPS[os.environ.get("ENV", "development")]
