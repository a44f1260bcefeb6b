"""A dependency that fails in turn, and what a copy does about it."""

from snippets.readiness.probe.asking import UnreachableError
from snippets.readiness.probe.findings import Finding, judge
from snippets.readiness.probe.sending import send
from snippets.readiness.probe.settings import Dependency, Request
from snippets.readiness.probe.stand_in import StandIn
from snippets.readiness.probe.starting import Copy

TRIES = 7  # requests whose first call fails
LATE = 3  # of them must wait: chance makes some pauses short
MOST = 4  # calls for one request
AT_ONCE = 0.05  # seconds: one in ten pauses up to 0.5 is shorter
STORM = 20  # requests while the dependency fails


async def disturb(
    copy: Copy, stand_in: StandIn, request: Request, needs: Dependency
) -> dict[str, Finding]:
    """Let the dependency fail in turn, and see what the copy does."""
    found = {"retries": await retries(copy, stand_in, request)}
    stand_in.mode = "silent"
    found["timeouts"] = await timeouts(copy, request, needs.seconds)
    stand_in.mode = "babbling"
    await send(copy, request)  # for the stack trace
    stand_in.mode = "well"
    await send(copy, request)
    return found | await storm(copy, stand_in, request, needs.mark)


async def retries(
    copy: Copy, stand_in: StandIn, request: Request
) -> Finding:
    """See that a call that failed is made again: later, and not often."""
    begin, stand_in.mode = len(stand_in.calls), "failing"
    await send(copy, request)
    count = len(stand_in.calls) - begin
    stand_in.mode = "well"
    await send(copy, request)
    if count > MOST:
        return judge(f"{count} calls for one request", "")
    pauses = []
    for _ in range(TRIES):
        begin, stand_in.failing = len(stand_in.calls), 1
        answer = await send(copy, request)
        made = [each.at for each in stand_in.calls[begin:]]
        if len(made) == 1:
            return judge("a 503 is not tried again", "")
        if not answer.is_good:
            fault = f"{answer.status} though the second try succeeds"
            return judge(fault, "")
        pauses.append(made[1] - made[0])
    at_once = sorted(pauses)[-LATE] < AT_ONCE
    return judge(
        "the next try comes at once" * at_once,
        f"tried again after a pause, {count} calls at most",
    )


async def timeouts(
    copy: Copy, request: Request, limit: float
) -> Finding:
    """See that an answer comes although the dependency is silent."""
    try:
        await send(copy, request, limit)
    except UnreachableError:
        fault = f"no answer in {limit:g} s while it is silent"
        return judge(fault, "")
    return judge("", f"an answer within {limit:g} s while it is silent")


async def storm(
    copy: Copy, stand_in: StandIn, request: Request, mark: str
) -> dict[str, Finding]:
    """Send many requests while all calls fail."""
    stand_in.mode = "failing"
    answers, calls = [], []
    for _ in range(STORM):
        begin = len(stand_in.calls)
        answers.append(await send(copy, request))
        calls.append(len(stand_in.calls) - begin)
    half = STORM // 2
    late = sum(calls[half:])
    unmarked = [x for x in answers if mark.encode() not in x.body]
    worst = max(answer.status for answer in answers)
    bare = f"{len(unmarked)} answers without {mark!r}" * bool(unmarked)
    failed = f"{worst} while it fails"
    return {
        "circuit-breakers": judge(
            f"{late} calls in the last {half} of {STORM} requests"
            * bool(late),
            f"{sum(calls)} calls for {STORM} requests, none in the"
            f" last {half}",
        ),
        "fallbacks": judge(
            failed if any(x.fails for x in answers) else bare, failed
        ),
    }
