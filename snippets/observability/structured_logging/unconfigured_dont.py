"""Log with structlog as it comes."""

from decimal import Decimal

import structlog

logger = structlog.get_logger()


def create_order(user_id: str) -> None:
    """Log an order without configuring anything first."""
    logger.info(
        "order_created",
        order_id="ord-7",
        user_id=user_id,
        total_amount=Decimal("19.99"),
    )


if __name__ == "__main__":
    create_order("usr-42")
