"""How long the kubelet waits until it acts."""

from collections.abc import Mapping
from typing import Any


def patience(probe: Mapping[str, Any]) -> int:
    """Count the seconds that a container may fail a probe for.

    Args:
        probe: As in the manifest; what it leaves out has its default.
    """
    failures = int(probe.get("failureThreshold", 3))
    return failures * int(probe.get("periodSeconds", 10))


def slowest(probe: Mapping[str, Any]) -> int:
    """Count the seconds at most from a fault until the kubelet acts.

    It may begin just after a success, and the last probe may time out.
    """
    return patience(probe) + int(probe.get("timeoutSeconds", 1))


def grace(probe: Mapping[str, Any], pod: Mapping[str, Any]) -> int:
    """Count the seconds from SIGTERM to SIGKILL, when it fails.

    Args:
        probe: As in the manifest; without its own it has the Pod's.
        pod: The Pod's `spec`, which has 30 unless it says otherwise.
    """
    name = "terminationGracePeriodSeconds"
    return int(probe.get(name, pod.get(name, 30)))
