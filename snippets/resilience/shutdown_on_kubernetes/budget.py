"""What a Deployment gives its containers to end, and what they use."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Budget:
    """How one container ends, in seconds.

    Attributes:
        pre_stop: Sleep before SIGTERM.
        drain: Limit of the requests that are being worked on.
        flush: Limit of what is sent after the last of them.
        grace: When SIGKILL comes, from the start of `pre_stop`;
            the shortest that the pod or a probe leaves it.
    """

    pre_stop: float
    drain: float
    flush: float
    grace: float

    @property
    def spare(self) -> float:
        """What is left of it; it must be more than nothing."""
        return self.grace - self.pre_stop - self.drain - self.flush


def budgets(deployment: dict[str, Any]) -> dict[str, Budget]:
    """Read the budget of each container, by its name.

    Args:
        deployment: The manifest, parsed.

    Raises:
        KeyError: A limit is not set, or `preStop` is no `sleep`,
            so that nobody can say how long it takes.
    """
    pod = deployment["spec"]["template"]["spec"]
    grace = pod.get("terminationGracePeriodSeconds", 30)
    found = {}
    for container in pod["containers"]:
        limits = {
            each["name"]: each["value"]
            for each in container["env"]
            if "value" in each
        }
        hook = container["lifecycle"]["preStop"]
        found[container["name"]] = Budget(
            pre_stop=float(hook["sleep"]["seconds"]),
            drain=float(limits["DRAIN_SECONDS"]),
            flush=float(limits["FLUSH_SECONDS"]),
            grace=float(min(grace, *of_probes(container, grace))),
        )
    return found


def of_probes(container: dict[str, Any], grace: float) -> list[float]:
    """Read the grace period of each probe whose failure ends it."""
    probes = ("livenessProbe", "startupProbe")
    name = "terminationGracePeriodSeconds"
    return [container.get(each, {}).get(name, grace) for each in probes]
