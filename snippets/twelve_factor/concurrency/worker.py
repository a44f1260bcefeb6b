"""The worker process: it serves no port, and takes jobs."""

from snippets.twelve_factor.concurrency.receipts import send_receipt
from snippets.twelve_factor.disposability.worker import work


def main() -> None:
    """Send receipts until SIGTERM."""
    work(send_receipt)


if __name__ == "__main__":
    main()
