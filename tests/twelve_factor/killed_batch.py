"""A batch whose last job is the end of the process."""

import os
import signal
import sys

JOBS = 100


def nothing() -> None:
    """Do a job."""


def be_killed() -> None:
    """End as a process does that has run out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "print":
        from snippets.twelve_factor.logs.batch_dont import work
    else:
        from snippets.observability.structured_logging.json_lines import (
            configure_logging,
        )
        from snippets.twelve_factor.logs.batch import work

        configure_logging()
    work([nothing] * JOBS + [be_killed] * ("killed" in sys.argv))
