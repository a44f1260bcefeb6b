"""What can be seen of a service from outside, by reading alone."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any
from uuid import uuid4

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from snippets.readiness.probe.asking import Answer, Asker
from snippets.readiness.probe.findings import (
    Finding,
    Findings,
    Status,
    judge,
    manual,
)
from snippets.readiness.probe.settings import Settings

DURATIONS = re.compile(
    "request.*(duration|latency)|(duration|latency).*request"
)
PARSERS: dict[str, Callable[[str], Iterable[Metric]]] = {
    "text/plain": text_string_to_metric_families,
    "application/openmetrics-text": openmetrics,
}
PAUSE = 0.5  # seconds until a service is asked again
STRANGERS = 5  # unknown paths that are asked for
REFUSED = {401, 403}

TRACES = re.compile(
    r"Traceback \(most recent call last\)|^\s+File \".+\", line \d+"
    r"|^\s+at [\w.$<> ]+\(.*:\d+.*\)$|^goroutine \d+ \[",
    re.MULTILINE,
)


async def health(service: Asker, settings: Settings) -> Finding:
    """See that both endpoints answer, and not just any path.

    A service may not be ready for a moment: it is asked again.
    """
    paths = [settings.health, settings.ready]
    for path in paths:
        answer = await service.ask(path)
        ends = monotonic() + settings.timeout
        while answer.fails and monotonic() < ends:
            await asyncio.sleep(PAUSE)
            answer = await service.ask(path)
        if not answer.is_good:
            return judge(f"{path} answers {answer.told}", "")
    if (await service.ask(f"/{uuid4().hex}")).is_good:
        return judge("every path is answered well", "")
    if settings.health == settings.ready:
        return judge("health and readiness are one path", "")
    return judge("", " and ".join(paths) + " answer")


async def metrics(service: Asker, settings: Settings) -> Findings:
    """See that metrics parse, count requests, and stay few."""
    try:
        before = await scrape(service, settings)
    except ValueError as error:
        why = Finding(Status.NOT_APPLICABLE, "there are no metrics")
        return {
            "metrics": judge(str(error), ""),
            "bounded-labels": why,
        }
    counters = [x for x in before if x.type == "counter"]
    timers = [x for x in before if x.type in {"histogram", "summary"}]
    faults = []
    if not any("request" in x.name for x in counters):
        faults.append("no counter of requests")
    if not any(DURATIONS.search(x.name) for x in timers):
        faults.append("no histogram of their durations")
    strange = [uuid4().hex for _ in range(STRANGERS)]
    for each in strange:
        await service.ask(f"/{each}")
    after = await scrape(service, settings)
    kept = sorted(
        {
            label
            for metric in after
            for sample in metric.samples
            for label, value in sample.labels.items()
            if any(each in value for each in strange)
        }
    )
    series = sum(len(x.samples) for x in after)
    return {
        "metrics": judge(", ".join(faults), f"{len(before)} metrics"),
        "bounded-labels": judge(
            f"unknown paths are values of: {', '.join(kept)}"
            * bool(kept),
            f"{series} samples, no unknown path among them",
        ),
    }


async def scrape(service: Asker, settings: Settings) -> list[Metric]:
    """Read the metrics.

    Raises:
        ValueError: They are not there, or cannot be parsed.
    """
    answer = await service.ask(settings.metrics)
    path, text = settings.metrics, answer.body.decode(errors="replace")
    if not answer.is_good:
        raise ValueError(f"{path} answers {answer.told}")
    if answer.kind not in PARSERS:
        raise ValueError(f"{path} is {answer.kind or 'of no type'}")
    try:
        return [*PARSERS[answer.kind](text)]
    except (ValueError, KeyError, IndexError) as error:
        raise ValueError(f"{path} cannot be parsed: {error}") from error


async def errors(service: Asker) -> Finding:
    """See that a path that nobody knows gets problem details."""
    answer = await service.ask(f"/{uuid4().hex}")
    fault = misshapen(answer)
    return judge(fault, f"a {answer.status} has problem details")


def misshapen(answer: Answer) -> str:
    """Say how an error differs from RFC 9457, which needs no title.

    We do: it is what people read.
    """
    where = f"{answer.path} answers {answer.status}"
    if answer.kind != "application/problem+json":
        return (
            f"{where} as {answer.kind or 'nothing'}, without problem"
            " details"
        )
    try:
        body = json.loads(answer.body)
    except ValueError:
        return f"{where} with no JSON"
    if not isinstance(body, dict) or "title" not in body:
        return f"{where} with no title"
    if body.get("status", answer.status) != answer.status:
        return f"{where} and says {body['status']}"
    return ""


async def access(
    service: Asker,
    settings: Settings,
    methods: frozenset[str],
    what: str,
) -> Finding:
    """Ask for each operation without a token, and with a wrong one.

    Args:
        service: Who is asked.
        settings: Which paths are public.
        methods: Which operations are asked for.
        what: What one of them is called.
    """
    document = await described(service, settings)
    if document is None:
        return manual(f"{settings.openapi} names no operations")
    public = {
        settings.health, settings.ready, settings.metrics,
        settings.openapi, *settings.public,
    }  # fmt: skip
    asked = 0
    for path, method in operations(document):
        if path in public or method not in methods:
            continue
        there = re.sub("{[^}]*}", uuid4().hex, path)

        for token in ({}, {"Authorization": f"Bearer {uuid4().hex}"}):
            answer = await service.ask(there, method, headers=token)
            if answer.status not in REFUSED:
                with_ = "a wrong token" if token else "no token"
                fault = f"{method} {path} answers {answer.status} to {with_}"
                return judge(fault, "")
        asked += 1
    if not asked:
        return Finding(
            Status.NOT_APPLICABLE, "all operations are public"
        )
    return judge("", f"every {what} refuses strangers: {asked}")


async def described(
    service: Asker, settings: Settings
) -> dict[str, Any] | None:
    """Read how the service describes itself, if it does."""
    answer = await service.ask(settings.openapi)
    try:
        document = json.loads(answer.body)
    except ValueError:
        return None
    there = answer.is_good and isinstance(document, dict)
    return document if there and document.get("paths") else None


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """List the paths and methods of an OpenAPI document."""
    known = {"get", "put", "post", "delete", "patch", "head", "options"}
    for path, item in document["paths"].items():
        for method in known & item.keys():
            yield path, method.upper()


def stack_traces(service: Asker, whose: str) -> Finding:
    """Look for a stack trace in all that was answered."""
    bad = [x for x in service.answers if x.is_error]
    for answer in bad:
        text = answer.body.decode(errors="replace").replace("\\n", "\n")
        if TRACES.search(text.replace('\\"', '"')):
            fault = f"{answer.path} shows a stack trace with {answer.status}"
            return judge(fault, "")
    return judge("", f"none in {len(bad)} errors of {whose}")
