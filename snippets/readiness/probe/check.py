"""Every look at a service, side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from snippets.readiness.probe.asking import Asker, UnreachableError
from snippets.readiness.probe.findings import (
    Finding,
    Findings,
    Status,
    manual,
    worst,
)
from snippets.readiness.probe.outside import (
    access,
    errors,
    health,
    metrics,
    stack_traces,
)
from snippets.readiness.probe.report import Report, report
from snippets.readiness.probe.repository import (
    nothing_to_read,
    read_repository,
)
from snippets.readiness.probe.running import look_inside, without
from snippets.readiness.probe.settings import Settings
from snippets.readiness.probe.shutting_down import shutdown

NEEDS_A_COPY = ["graceful-shutdown", "structured-logging", "tracing"]
NEEDS_A_DEPENDENCY = [
    "timeouts",
    "retries",
    "circuit-breakers",
    "fallbacks",
]
READS = frozenset({"GET"})


async def check(
    address: str, settings: Settings, repository: Path | None
) -> Report:
    """Look at a service in every way that it was told of.

    Args:
        address: Where it is. It is only read.
        settings: What is known of it.
        repository: Its source, if there.

    Raises:
        UnreachableError: It does not answer.
        StartError: A copy of it does not start.
        SettingsError: The settings do not fit it.
    """
    async with Asker(address, settings.timeout) as service:
        first = await service.ask(settings.health)
        if httpx.codes.is_redirect(first.status):
            raise UnreachableError(
                f"{address}{settings.health} answers {first.told}:"
                " give the address where it ends"
            )
        looks: list[Awaitable[Findings]] = [look(service, settings)]
        if settings.start.command:
            looks += [look_inside(settings), shutdown(settings)]
        if settings.start.command and settings.start.without:
            looks.append(without(settings))
        looked = await asyncio.gather(*looks)
    if repository:  # not before: it would slow the answers
        looked.append(read_repository(repository, settings.repository))
    found = worst(looked)
    known = unseen(settings) | ({} if repository else nothing_to_read())
    return report(
        address, settings, known | found, datetime.now(UTC).date()
    )


async def look(
    service: Asker, settings: Settings
) -> dict[str, Finding]:
    """Look at a service from outside."""
    found: dict[str, Finding] = {}
    looks: dict[str, Callable[[], Awaitable[Finding]]] = {
        "health-endpoints": partial(health, service, settings),
        "error-answers": partial(errors, service),
        "access": partial(access, service, settings, READS, "GET"),
    }
    for item, begin in looks.items():
        try:
            found[item] = await begin()
        except UnreachableError as error:
            found[item] = Finding(Status.FAILED, str(error))
    try:
        found |= await metrics(service, settings)
    except UnreachableError as error:
        found["metrics"] = Finding(Status.FAILED, str(error))
    found["stack-traces"] = stack_traces(service, "the service")
    return found


def unseen(settings: Settings) -> dict[str, Finding]:
    """Say of what nobody can see yet how it can be seen."""
    start = manual('--start "COMMAND" lets it look')
    found = dict.fromkeys(NEEDS_A_COPY, start)
    if settings.standalone:
        alone = Finding(
            Status.NOT_APPLICABLE, "it calls no other service"
        )
        return found | dict.fromkeys(NEEDS_A_DEPENDENCY, alone)
    if settings.start.command:
        start = manual("[dependency] and [request] let it look")
    return found | dict.fromkeys(NEEDS_A_DEPENDENCY, start)
