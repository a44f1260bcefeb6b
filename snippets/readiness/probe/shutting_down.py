"""SIGTERM, while a request is half sent."""

import asyncio
import re

import httpx

from snippets.readiness.probe.findings import Findings, judge
from snippets.readiness.probe.sending import content, filled
from snippets.readiness.probe.settings import Request, Settings
from snippets.readiness.probe.stand_in import standing_in
from snippets.readiness.probe.starting import Copy, started

ENDED = {0, -15, 143}  # by itself, or by the signal


async def shutdown(settings: Settings) -> Findings:
    """Send SIGTERM while a request is half sent, and send the rest."""
    request = settings.request
    with standing_in(settings) as (_, variables):
        async with started(settings, **variables) as copy:
            await copy.up(settings.ready, settings.start.seconds)
            status = None
            if request and request.body:
                status = await half_sent(copy, request, settings)
            else:
                copy.process.terminate()
            code = await copy.end(settings.start.grace)
    if code is None:
        fault = f"it goes on {settings.start.grace:g} s after SIGTERM"
    elif status == 0:
        fault = "a request that was half sent at SIGTERM is cut"
    elif status and httpx.codes.is_server_error(status):
        fault = f"a request that was half sent at SIGTERM gets {status}"
    elif code not in ENDED:
        fault = f"it ends with {code}"
    else:
        fault = ""
    tried = (
        f"gets {status}"
        if status
        else "was not tried: name one with a body"
    )
    seen = f"ended with {code}; a request half sent {tried}"
    return {"graceful-shutdown": judge(fault, seen)}


async def half_sent(
    copy: Copy, request: Request, settings: Settings
) -> int:
    """Send all but the last byte, SIGTERM, and the last byte.

    Returns:
        The status of the answer; 0 if the request is cut.
    """
    body = content(request)
    head = filled(request) | {
        "Host": f"127.0.0.1:{copy.port}",
        "Content-Length": str(len(body)),
    }
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in head.items()]
    text = "\r\n".join([*lines, "", ""]).encode()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", copy.port
    )
    try:
        writer.write(text + body[:-1])
        await writer.drain()
        for _ in range(2):  # what came before these has been read
            await copy.asker.ask(settings.health)
        copy.process.terminate()
        await asyncio.sleep(0.2)  # whoever ends at once has ended
        writer.write(body[-1:])
        async with asyncio.timeout(settings.start.grace):
            answer = await reader.read(65_536)
    except (OSError, TimeoutError):
        answer = b""
    finally:
        writer.close()
    status = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(status[1]) if status else 0
