"""A severity that comes from the machines."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """What a host reports: shares, 0 to 1."""

    cpu: float
    memory: float


def severity(hosts: list[Host]) -> int:
    """Name the severity by the busiest host."""
    busiest = max(max(host.cpu, host.memory) for host in hosts)
    limits = [0.95, 0.85, 0.75]
    return 1 + sum(busiest < limit for limit in limits)
