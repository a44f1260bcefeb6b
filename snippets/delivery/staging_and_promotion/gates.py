"""Whether production runs what staging has run."""

from collections.abc import Iterator
from typing import Any

import yaml

from snippets.delivery.pipeline.jobs import (
    BUILD,
    DEPLOY,
    needs,
    script,
)


def detours(workflow: str, path: list[str]) -> Iterator[str]:
    """Find jobs that reach an environment by another way.

    Args:
        workflow: Its text.
        path: The environments that somebody guards, in their order.

    Yields:
        A line for each fault, which begins with the job.
    """
    jobs = yaml.safe_load(workflow)["jobs"]
    passed: dict[str, set[str]] = {}  # the environments on its way
    ran = ""
    for name, before in needs(workflow).items():
        here = environment(jobs[name])
        passed[name] = {here}.union(*(passed[each] for each in before))
        told = script(jobs[name])
        if not here:
            if DEPLOY.search(told):
                yield f"{name}: deploys past every environment"
            continue
        if here not in path:
            yield f"{name}: nobody guards {here}"
            continue
        for earlier in path[: path.index(here)]:
            if earlier not in passed[name]:
                yield f"{name}: does not wait for {earlier}"
        if BUILD.search(told):
            yield f"{name}: builds for {here} alone"
        for image in DEPLOY.findall(told):
            if ran not in {"", image}:
                yield f"{name}: deploys {image}, which has run nowhere"
            ran = image


def environment(job: dict[str, Any]) -> str:
    """Name the environment of a job; GitHub ignores its case."""
    found = job.get("environment", "")
    return str(
        found["name"] if isinstance(found, dict) else found
    ).lower()
