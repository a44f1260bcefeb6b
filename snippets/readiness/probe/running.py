"""What is seen only by starting a copy."""

from uuid import uuid4

from snippets.readiness.probe.disturbing import disturb
from snippets.readiness.probe.findings import Finding, Findings, judge
from snippets.readiness.probe.logs import logs, traced
from snippets.readiness.probe.outside import (
    access,
    misshapen,
    stack_traces,
)
from snippets.readiness.probe.sending import filled, send, traceparent
from snippets.readiness.probe.settings import (
    Request,
    Settings,
    SettingsError,
)
from snippets.readiness.probe.stand_in import standing_in
from snippets.readiness.probe.starting import Copy, StartError, started

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


async def look_inside(settings: Settings) -> dict[str, Finding]:
    """Start a copy, disturb its dependency, and read its logs."""
    needs = settings.dependency
    with standing_in(settings) as (stand_in, variables):
        async with started(settings, **variables) as copy:
            await copy.up(settings.ready, settings.start.seconds)
            trace, found = uuid4().hex, dict[str, Finding]()
            if request := settings.request:
                answer = await send(copy, request, trace=trace)
                if not answer.is_good:
                    raise SettingsError(
                        f"request: {request.method} {request.path} answers"
                        f" {answer.status}: name one that succeeds"
                    )
                if needs:
                    found |= await disturb(
                        copy, stand_in, request, needs
                    )
                found |= {
                    "error-answers": await bad_request(copy, request)
                }
            else:
                await copy.asker.ask(
                    settings.health, headers=traceparent(trace)
                )
            found["access"] = await access(
                copy.asker, settings, METHODS, "operation of a copy"
            )
            found["stack-traces"] = stack_traces(copy.asker, "a copy")
            copy.process.terminate()
            await copy.end(settings.start.grace)
        found |= logs(copy, settings)
        found["tracing"] = traced(copy, stand_in, settings, trace)
    return found


async def bad_request(copy: Copy, request: Request) -> Finding:
    """Send what is no JSON, and look at the shape of the answer."""
    headers = filled(request) | {"Content-Type": "application/json"}
    answer = await copy.asker.ask(
        request.path, request.method, headers=headers, content=b"{"
    )
    if answer.is_good:
        return judge("", "it needs no body")
    return judge(
        misshapen(answer), f"a {answer.status} has problem details"
    )


async def without(settings: Settings) -> Findings:
    """Start a copy whose dependency is not there."""
    names = ", ".join(settings.start.without)
    with standing_in(settings) as (_, variables):
        gone = {**variables, **settings.start.without}
        async with started(settings, **gone) as copy:
            try:
                await copy.up(
                    settings.health, settings.start.seconds, 600
                )
            except StartError as error:
                fault = f"without {names}: {error}"
                return {"health-endpoints": judge(fault, "")}
            alive = await copy.asker.ask(settings.health)
            ready = await copy.asker.ask(settings.ready)
    fault = ""
    if not alive.is_good:
        fault = f"without {names}, health answers {alive.status}"
    elif ready.is_good:
        fault = f"ready from the start, though without {names}"
    seen = f"without {names}, {alive.status} and {ready.status}"
    return {"health-endpoints": judge(fault, seen)}
