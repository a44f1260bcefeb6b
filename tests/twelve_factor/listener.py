"""A program that says when it is told to stop."""

import signal

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # until it is waited for
print("running", flush=True)  # noqa: T201 # for the test that waits
signal.sigwait({signal.SIGTERM})
print("told to stop", flush=True)  # noqa: T201 # likewise
