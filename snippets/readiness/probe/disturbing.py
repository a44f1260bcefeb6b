"""A dependency that fails in turn, and what a copy does about it."""

from itertools import pairwise

from snippets.readiness.probe.asking import UnreachableError
from snippets.readiness.probe.findings import Finding, judge
from snippets.readiness.probe.sending import send
from snippets.readiness.probe.settings import Dependency, Request
from snippets.readiness.probe.stand_in import StandIn
from snippets.readiness.probe.starting import Copy

TRIES = 5  # requests whose first call fails
MOST_CALLS = 4  # for one request
STORM = 20  # requests while the dependency fails
AT_ONCE = 0.005  # seconds: no pause at all


async def disturb(
    copy: Copy, stand_in: StandIn, request: Request, needs: Dependency
) -> dict[str, Finding]:
    """Let the dependency fail in turn, and see what the copy does."""
    found = {"retries": await retries(copy, stand_in, request)}

    stand_in.mode = "silent"
    try:
        await send(copy, request, needs.seconds)
    except UnreachableError:
        fault = f"no answer in {needs.seconds:g} s while it is silent"
        found["timeouts"] = judge(fault, "")
    else:
        found["timeouts"] = judge(
            "", f"an answer within {needs.seconds:g} s"
        )

    stand_in.mode = "babbling"
    await send(copy, request)
    stand_in.mode = "well"
    await send(copy, request)

    stand_in.mode = "failing"
    answers, calls = [], []
    for _ in range(STORM):
        before = len(stand_in.calls)
        answers.append(await send(copy, request))
        calls.append(len(stand_in.calls) - before)
    if found["retries"].status == "pass" and max(calls) > MOST_CALLS:
        fault = f"{max(calls)} calls for one request"
        found["retries"] = judge(fault, "")
    late = sum(calls[STORM // 2 :])
    found["circuit-breakers"] = judge(
        f"{late} calls in the last {STORM // 2} of {STORM} requests"
        * bool(late),
        f"{sum(calls)} calls, none after request {last(calls)}",
    )
    worst = max(answers, key=lambda answer: answer.status)
    unmarked = [x for x in answers if needs.mark.encode() not in x.body]
    fault = ""
    if worst.fails:
        fault = f"{worst.status} while it fails"
    elif unmarked:
        fault = f"{len(unmarked)} answers without {needs.mark!r}"
    found["fallbacks"] = judge(fault, f"{worst.status} while it fails")
    return found


def last(calls: list[int]) -> int:
    """Give the number of the last request that called."""
    return max(n for n, count in enumerate(calls, 1) if count)


async def retries(
    copy: Copy, stand_in: StandIn, request: Request
) -> Finding:
    """Let the first call of each request fail, and look at the second."""
    pauses = []
    for _ in range(TRIES):
        begin, stand_in.failing = len(stand_in.calls), 1
        await send(copy, request)
        made = [each.at for each in stand_in.calls[begin:]]
        if len(made) == 1:
            return judge("a 503 is not tried again", "")
        pauses += [after - before for before, after in pairwise(made)]
    slowest = max(pauses)
    fault = "the next try comes at once" if slowest < AT_ONCE else ""
    return judge(fault, f"{TRIES} of {TRIES} tried again after a pause")
