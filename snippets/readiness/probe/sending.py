"""The request of `readiness.toml`, which needs the dependency."""

import json
from uuid import uuid4

from snippets.readiness.probe.asking import Answer
from snippets.readiness.probe.settings import Request, expanded
from snippets.readiness.probe.starting import Copy


async def send(
    copy: Copy,
    request: Request,
    limit: float | None = None,
    trace: str = "",
) -> Answer:
    """Send the request that needs the dependency."""
    headers = filled(request)
    if trace:
        headers |= traceparent(trace)
    return await copy.asker.ask(
        request.path,
        request.method,
        limit,
        headers=headers,
        content=content(request),
    )


def filled(request: Request) -> dict[str, str]:
    """Give the headers, with a new ID in each that wants one."""
    plain = {"Content-Type": "application/json"} if request.body else {}
    given = expanded(request.headers).items()
    return plain | {
        k: v.replace("{uuid}", str(uuid4())) for k, v in given
    }


def content(request: Request) -> bytes:
    """Give the body as it is sent."""
    return json.dumps(request.body).encode() if request.body else b""


def traceparent(trace: str) -> dict[str, str]:
    """Give the header of W3C Trace Context for a sampled trace.

    Args:
        trace: Its ID, 32 hexadecimal digits.
    """
    return {"traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"}
