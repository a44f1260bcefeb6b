"""Log text, with the values inside the message."""

import logging
import sys

logger = logging.getLogger(__name__)


def reject_login(user: str) -> None:
    """Log a failed login as a sentence."""
    logger.warning("login failed for %s", user)


if __name__ == "__main__":
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s",
        stream=sys.stdout,
    )
    reject_login(sys.argv[1])
