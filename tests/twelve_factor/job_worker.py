"""A worker that says what it does, with the loop that it is told."""

import sys

import coverage

from snippets.twelve_factor.concurrency.receipts import send_receipt
from snippets.twelve_factor.disposability import deaf_dont, worker, worker_dont

LOOPS = {"good": worker.work, "dont": worker_dont.work, "deaf": deaf_dont.work}


def do(order_id: str) -> None:
    """Send a receipt, and say so."""
    if measured := coverage.Coverage.current():
        measured.save()  # SIGKILL leaves no time for it
    print(f"begun {order_id}", flush=True)  # noqa: T201 # for the test that waits
    send_receipt(order_id)
    print(f"done {order_id}", flush=True)  # noqa: T201 # likewise


if __name__ == "__main__":
    LOOPS[sys.argv[1]](do)
