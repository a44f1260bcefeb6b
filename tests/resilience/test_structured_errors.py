"""A real service fails in every way that it can, and each answer is read."""

from __future__ import annotations

import asyncio
import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog

from snippets.resilience.structured_errors import (
    cancellation,
    cancellation_dont,
    domain,
    domain_dont,
)
from tests import forks
from tests.otlp import Collector
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from structlog.typing import EventDict

    from handbook.outputs import Output

SHOP = "tests.resilience.shop"
MEMBERS = {"type", "title", "status", "detail", "trace_id"}
REQUESTS = {  # what fails, and how it is asked
    "a user that is not there": ("GET", "/users/42"),
    "an order that is closed": ("POST", "/orders/7/close"),
    "a body that is not valid": ("POST", "/payments"),
    "a path that is not there": ("GET", "/nowhere"),
    "a service that is busy": ("GET", "/busy"),
    "a fault of ours": ("GET", "/crash"),
}
SECRET = {"amount": "-1", "card_number": "4111-1111"}


@pytest.fixture(scope="module")
def shop() -> Iterator[httpx.Client]:
    """Open the shop that answers problems."""
    yield from opened(SHOP, f"{__name__}.shop")


@pytest.fixture(scope="module")
def answers(shop: httpx.Client) -> dict[str, httpx.Response]:
    """Ask it."""
    return ask(shop)


@pytest.fixture(scope="module")
def draft() -> Iterator[dict[str, httpx.Response]]:
    """Ask the shop of the first draft."""
    for client in opened(f"{SHOP} draft", f"{__name__}.draft"):
        yield ask(client)


def opened(module: str, fixture: str) -> Iterator[httpx.Client]:
    """Open a shop, and close it."""
    limits = httpx.Limits(max_keepalive_connections=0)
    with (
        Collector() as collector,
        Service(
            module, fixture, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address
        ) as service,
        httpx.Client(base_url=service.address, limits=limits) as client,
    ):
        yield client
        service.end()


def ask(client: httpx.Client) -> dict[str, httpx.Response]:
    """Fail in every way."""
    return {
        name: client.request(method, path, json=SECRET if method == "POST" else None)
        for name, (method, path) in REQUESTS.items()
    }


def shape(answer: httpx.Response) -> str:
    """Say what an answer is made of."""
    if answer.headers["content-type"].startswith("text"):
        return "text"
    return " ".join(sorted(answer.json()))


@pytest.mark.proves("one-error-shape")
def test_every_error_has_the_same_shape(answers: dict[str, httpx.Response]) -> None:
    """Whatever fails, the answer is problem details with the members of RFC 9457."""
    types = {answer.headers["content-type"] for answer in answers.values()}

    assert {"application/problem+json"} == types
    for answer in answers.values():
        assert answer.json().keys() >= MEMBERS
        assert answer.status_code == answer.json()["status"]
        assert 32 == len(answer.json()["trace_id"])


@pytest.mark.proves("one-error-shape")
def test_each_kind_of_error_has_its_status(
    answers: dict[str, httpx.Response], output: Output
) -> None:
    """Who must act is in the status: 4xx the caller, 5xx us."""
    found = {name: answer.status_code for name, answer in answers.items()}

    assert [404, 409, 422, 404, 503, 500] == [*found.values()]
    rows = [
        f"{name:<28} {answer.status_code}  {answer.json()['type'].rpartition('/')[2]}"
        for name, answer in answers.items()
    ]
    output.check("resilience/structured_errors/statuses.out", "\n".join(rows))


@pytest.mark.proves("one-error-shape")
def test_details_may_be_anything_that_json_can_say(
    answers: dict[str, httpx.Response], output: Output
) -> None:
    """A time and an amount in the details are written, and do not fail the answer."""
    body = answers["an order that is closed"].json()

    assert "2026-11-23T09:30:00+00:00" == body["details"]["closed_at"]
    assert "19.99" == body["details"]["total"]
    text = json.dumps(body, indent=2)
    output.check("resilience/structured_errors/problem.out", text)


@pytest.mark.proves("one-error-shape")
def test_no_detail_fails_the_answer(shop: httpx.Client) -> None:
    """Not a number, a large amount and a missing detail leave the status as it is."""
    answer = shop.get("/odd")
    body = answer.json()

    assert 409 == answer.status_code
    assert (
        "Order nan over 12345678901234567.89 was closed at {closed_at}."
        == (body["detail"])
    )
    assert {"order_id": "nan", "total": "12345678901234567.89"} == body["details"]


@pytest.mark.proves("domain-errors")
@pytest.mark.parametrize("message", ["Total {total:.2f}.", "{total.cents}", "{0}"])
def test_a_message_that_cannot_be_filled_in_is_itself(message: str) -> None:
    """A format that a detail does not have is no fault of the answer."""

    class OddError(domain.DomainError):
        code = "odd"

    OddError.message = message

    assert message == str(OddError({"total": "19.99"}))


@pytest.mark.proves("one-error-shape")
@pytest.mark.parametrize(
    ("status", "title"), [(418, "I'm a Teapot"), (409, "Conflict"), (499, "Error")]
)
def test_what_has_no_name_has_its_status(
    shop: httpx.Client, status: int, title: str
) -> None:
    """An HTTPException is `about:blank`, whatever Python calls its status."""
    answer = shop.get(f"/status/{status}")
    body = answer.json()

    assert status == answer.status_code == body["status"]
    assert "about:blank" == body["type"]
    assert title == body["title"]


@pytest.mark.proves("one-error-shape")
@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_gets_none(shop: httpx.Client, status: int) -> None:
    """A status that has no body is answered without one."""
    answer = shop.get(f"/status/{status}")

    assert (status, b"") == (answer.status_code, answer.content)
    assert "content-type" not in answer.headers


@pytest.mark.proves("one-error-shape")
def test_a_detail_that_is_no_text_stays_what_it_is(shop: httpx.Client) -> None:
    """The detail is a text, and what a program shall read stands in the details."""
    body = shop.get("/structured").json()

    assert "The details say what failed." == body["detail"]
    assert {"limit": 3, "until": "2026-11-23T00:00:00+00:00"} == body["details"]


@pytest.mark.proves("one-error-shape")
def test_validation_says_where_and_quotes_no_value(shop: httpx.Client) -> None:
    """What is wrong is pointed to by RFC 6901, and no value that was sent comes back."""
    sent = {
        "card": "4111-1111",
        "mail": "4111-1111",
        "number": "4111-1111",
        "by": {"kind": "4111-1111"},
        "key": "4111-1111",
        "o/d d~": "4111-1111",
        "shares": [{"ada": 1}, {"bob": "4111-1111"}],
        "4111-1111": "4111-1111",
    }
    answer = shop.post("/transfers", json=sent)
    found = {each["pointer"]: each["detail"] for each in answer.json()["errors"]}

    assert 422 == answer.status_code
    assert {"body"} == {each["in"] for each in answer.json()["errors"]}
    quoting = {"#/card", "#/mail", "#/number", "#/by", "#/key"}
    assert {*quoting, "#/o~1d%20d~0", "#/shares/1/bob", "#"} == {*found}
    assert quoting == {at for at, why in found.items() if why == "Not valid."}
    assert "String should have at most 4 characters" == found["#/o~1d%20d~0"]
    assert "4111" not in answer.text


@pytest.mark.proves("one-error-shape")
def test_a_parameter_is_not_sought_in_the_body(shop: httpx.Client) -> None:
    """A wrong parameter says that it is one, and JSON that ends too soon has no place."""
    (wrong,) = shop.get("/pages", params={"page": "x"}).json()["errors"]
    as_json = {"Content-Type": "application/json"}
    answer = shop.post("/payments", content=b'{"id":', headers=as_json)
    (cut,) = answer.json()["errors"]

    assert ("query", "#/page") == (wrong["in"], wrong["pointer"])
    assert 422 == answer.status_code
    assert ("body", "#") == (cut["in"], cut["pointer"])


@pytest.mark.proves("one-error-shape")
def test_headers_of_an_error_stay(answers: dict[str, httpx.Response]) -> None:
    """The header that says when to come back is still there."""
    assert "7" == answers["a service that is busy"].headers["retry-after"]


@pytest.mark.proves("one-error-shape")
def test_no_answer_shows_what_it_should_not(
    answers: dict[str, httpx.Response],
) -> None:
    """Neither a traceback, nor a local value, nor a detail for the log comes back."""
    told = "".join(answer.text for answer in answers.values())

    assert "#/card_number" in told
    for word in ("Traceback", "hunter2", "4111", "RuntimeError"):
        assert word not in told


@pytest.mark.harm("one-error-shape")
def test_a_first_draft_has_a_shape_for_each_kind(
    draft: dict[str, httpx.Response], output: Output
) -> None:
    """A caller of the first draft meets three shapes, and a 500 for a date."""
    found = {name: shape(answer) for name, answer in draft.items()}

    assert 3 == len({*found.values()})
    assert 400 == draft["a user that is not there"].status_code
    assert 500 == draft["an order that is closed"].status_code
    assert "4111-1111" in draft["a body that is not valid"].text
    rows = [
        f"{name:<28} {answer.status_code}  {found[name]}"
        for name, answer in draft.items()
    ]
    output.check("resilience/structured_errors/domain_dont.out", "\n".join(rows))


def find_nobody(user_id: str) -> None:
    """Fail as the page does."""
    raise domain.UserNotFoundError({"user_id": user_id})


def find_nobody_in_the_draft(user_id: str) -> None:
    """Fail as the first draft does."""
    raise domain_dont.UserNotFoundError(user_id)


@contextmanager
def worker() -> Iterator[ProcessPoolExecutor]:
    """Make another process, to work in."""
    with ProcessPoolExecutor(1, mp_context=forks.ready()) as pool:
        yield pool


@pytest.mark.proves("domain-errors")
def test_an_error_crosses_to_another_process() -> None:
    """What a worker process raises arrives with its message and its details."""
    with (
        worker() as pool,
        pytest.raises(domain.UserNotFoundError, match=r"^User 42 not found\.$") as told,
    ):
        pool.submit(find_nobody, "42").result()

    assert {"user_id": "42"} == told.value.details


@pytest.mark.harm("domain-errors")
def test_the_first_draft_changes_on_its_way(output: Output) -> None:
    """Raised in a worker process, the message arrives wrapped into itself."""
    error = domain_dont.UserNotFoundError("42")
    with worker() as pool, pytest.raises(domain_dont.UserNotFoundError) as told:
        pool.submit(find_nobody_in_the_draft, "42").result()
    arrived = told.value

    assert "User User 42 not found not found" == str(arrived)
    rows = [f"raised    {error}", f"arrived   {arrived}"]
    output.check("resilience/structured_errors/pickled_dont.out", "\n".join(rows))


@pytest.mark.harm("domain-errors")
def test_an_error_with_two_arguments_breaks_the_pool() -> None:
    """A first draft that keeps no arguments takes the whole pool of workers down."""
    error = domain_dont.DomainError("a", "b")
    with pytest.raises(TypeError, match="missing 1 required"):
        pickle.loads(pickle.dumps(error))  # noqa: S301 # our own bytes
    with worker() as pool, pytest.raises(BrokenProcessPool):
        pool.submit(fail_in_the_draft).result()


def fail_in_the_draft() -> None:
    """Fail with a code."""
    raise domain_dont.DomainError("a", "b")


def stopped(
    repeat: Callable[[Callable[[], Awaitable[None]], float], Coroutine[Any, Any, None]],
) -> tuple[bool, int, list[EventDict]]:
    """Tell a task to stop within its job: whether it did, how often it ran, its log."""

    async def run() -> tuple[bool, int]:
        runs = 0
        begun = asyncio.Event()

        async def job() -> None:
            nonlocal runs
            runs += 1
            if runs == 1:
                raise OSError("a fault")
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(repeat(job, 0))
        await asyncio.wait_for(begun.wait(), 30)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=0.2)
        while not task.done():
            task.cancel()  # until it is hit between two jobs
            await asyncio.sleep(0)
        return bool(done), runs

    with structlog.testing.capture_logs() as logs:
        done, runs = asyncio.run(run())
    return done, runs, [*logs]


@pytest.mark.proves("let-cancellation-pass")
def test_a_fault_is_survived_and_a_cancellation_is_not() -> None:
    """The task goes on after a fault, and ends when it is told to."""
    ended, runs, logs = stopped(cancellation.repeat)

    assert (True, 2) == (ended, runs)
    fault = {"event": "job_failed", "exc_info": True, "log_level": "error"}
    assert [fault] == logs


@pytest.mark.proves("let-cancellation-pass")
def test_it_pauses_between_two_jobs() -> None:
    """Three jobs with a pause of 0.03 s between them take two pauses at least."""

    async def run() -> float:
        runs = 0
        done = asyncio.Event()

        async def job() -> None:
            nonlocal runs
            runs += 1
            if runs == 3:
                done.set()
            await asyncio.sleep(0)  # or a repeat without a pause hangs us all

        began = monotonic()
        task = asyncio.create_task(cancellation.repeat(job, 0.03))
        await asyncio.wait_for(done.wait(), 30)
        task.cancel()
        return monotonic() - began

    assert asyncio.run(run()) > 0.05


@pytest.mark.harm("let-cancellation-pass")
def test_a_task_that_swallows_cancellation_goes_on(output: Output) -> None:
    """The task logs its own end as a failure, and begins again."""
    ended, runs, logs = stopped(cancellation_dont.repeat)

    assert not ended
    assert runs > 2
    assert len(logs) > 1  # the fault, and its own end
    rows = [f"ended when told to    {ended}", f"began another job     {runs > 2}"]
    output.check("resilience/structured_errors/cancellation_dont.out", "\n".join(rows))
