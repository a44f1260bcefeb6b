"""What a copy has logged."""

import json

from snippets.readiness.probe.findings import Finding, Findings, judge
from snippets.readiness.probe.sending import filled
from snippets.readiness.probe.settings import Settings
from snippets.readiness.probe.stand_in import StandIn
from snippets.readiness.probe.starting import Copy

TIMES = {"timestamp", "time", "ts", "@timestamp"}
LEVELS = {"level", "severity", "lvl", "log.level"}
EVENTS = {"event", "message", "msg"}
CREDENTIALS = {"authorization", "cookie", "x-api-key"}


def logs(copy: Copy, settings: Settings) -> Findings:
    """Read what the copy has logged."""
    lines = [line for line in copy.stdout if line.strip()]
    request = settings.request
    secret = [
        value.rpartition(" ")[2]
        for name, value in (filled(request) if request else {}).items()
        if name.lower() in CREDENTIALS
    ]
    every = "\n".join([*lines, *copy.stderr])
    told = [each for each in secret if each in every]
    return {
        "structured-logging": judge(
            unstructured(lines), f"{len(lines)} lines of JSON"
        ),
        "secrets": judge(
            "a token is in the logs" if told else "",
            "no token in the logs",
        ),
    }


def unstructured(lines: list[str]) -> str:
    """Say what is wrong with the first line that is no event."""
    if not lines:
        return "nothing on stdout"
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            return f"a line is no JSON: {line[:40]}"
        keys = event.keys() if isinstance(event, dict) else set()
        for name, known in (
            ("time", TIMES), ("level", LEVELS), ("event", EVENTS),
        ):  # fmt: skip
            if not known & keys:
                return f"a line has no {name}: {line[:40]}"
    return ""


def traced(
    copy: Copy, stand_in: StandIn, settings: Settings, trace: str
) -> Finding:
    """Follow a trace ID into the logs, and on to the dependency."""
    faults = []
    if not any(trace in line for line in copy.stdout):
        faults.append("no log line has the trace ID")
    seen = "a trace ID reaches the logs"
    if settings.request and settings.dependency:
        seen += " and the dependency"
        if not any(
            trace in each.traceparent for each in stand_in.calls
        ):
            faults.append("the dependency does not get it")
    return judge(", ".join(faults), seen)
