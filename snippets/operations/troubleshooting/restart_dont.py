"""Make it answer again."""

from collections.abc import Callable
from subprocess import Popen


def restart(
    stuck: Popen[str], start: Callable[[], Popen[str]]
) -> Popen[str]:
    """End a process that hangs, and start it anew."""
    stuck.kill()
    stuck.wait()
    return start()
