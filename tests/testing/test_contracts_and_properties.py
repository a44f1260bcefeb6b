"""A property finds what examples miss, and a contract what two suites miss."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, HTTPException
from hypothesis import given, settings
from hypothesis.errors import FlakyFailure

from snippets.testing.contracts_and_properties import (
    provider,
    provider_dont,
    splitting,
    splitting_dont,
    suites_dont,
)
from snippets.testing.contracts_and_properties.consumer import receipt
from snippets.testing.contracts_and_properties.contract import broken, stand_in
from snippets.testing.contracts_and_properties.properties import (
    BILLS,
    PEOPLE,
    examples,
    nothing_is_lost,
)
from tests.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

CONTRACT: Final = json.loads(
    Path(ROOT, "snippets", "testing/contracts_and_properties/receipts.json").read_text()
)


@contextmanager
def served(app: FastAPI) -> Iterator[httpx.Client]:
    """Serve an application on a socket, and reach it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address, timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.proves("state-the-property")
def test_nothing_of_a_bill_is_lost() -> None:
    """For whatever bill is tried, the shares are the bill, and are fair."""
    nothing_is_lost(splitting.split)
    examples(splitting.split)

    assert [34, 33, 33] == splitting.split(100, 3)
    assert [1, 0] == splitting.split(1, 2)


@pytest.mark.proves("state-the-property")
def test_a_pause_of_the_machine_is_no_counterexample() -> None:
    """A bill that takes longer than the 200 ms of Hypothesis's default is still right."""
    tried: list[tuple[int, int]] = []

    def paused(cents: int, people: int) -> list[int]:
        tried.append((cents, people))
        if len(tried) == 50:
            sleep(0.25)  # the time is the claim
        return splitting.split(cents, people)

    nothing_is_lost(paused)
    assert 100 == len(tried)

    tried.clear()
    body = nothing_is_lost.hypothesis.inner_test  # type: ignore[attr-defined]
    default = settings.get_profile("default").deadline
    hurried = settings(derandomize=True, deadline=default)(
        given(cents=BILLS, people=PEOPLE)(body)
    )
    with pytest.raises(FlakyFailure):
        hurried(paused)


@pytest.mark.proves("state-the-property")
def test_the_same_bills_are_tried_in_each_run() -> None:
    """The hundred bills are the same ones each time, and the first is the simplest."""
    runs: list[list[tuple[int, int]]] = []

    def watched(cents: int, people: int) -> list[int]:
        runs[-1].append((cents, people))
        return splitting.split(cents, people)

    for _ in "12":
        runs.append([])
        nothing_is_lost(watched)

    assert runs[0] == runs[1]
    assert (100, (0, 1)) == (len(runs[0]), runs[0][0])


LISTS: Final = """
from hypothesis import given, settings
from hypothesis.strategies import integers, lists

@settings(derandomize=True)
@given(lists(integers(0, 10_000), max_size=20))
def show(tried):
    print(tried)

show()
"""


def test_an_import_may_change_what_is_tried(tmp_path: Path) -> None:
    """Numbers of imported modules are tried too, whatever derandomize says."""
    numbers = [*range(1000, 4000, 7)]
    (tmp_path / "prices.py").write_text(f"PRICES = {numbers}\n")

    def tried(source: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", source],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return ran.stdout

    assert tried(LISTS) == tried(LISTS)
    assert tried(LISTS) != tried(f"import prices\n{LISTS}")


@pytest.mark.harm("state-the-property")
def test_examples_pass_and_a_cent_is_lost(output: Output) -> None:
    """Three examples are right, and the smallest bill that is wrong is a cent for two."""
    tried: list[tuple[int, int]] = []

    def watched(cents: int, people: int) -> list[int]:
        tried.append((cents, people))
        return splitting_dont.split(cents, people)

    examples(watched)
    with pytest.raises(AssertionError):
        nothing_is_lost(watched)
    smallest = tried[-1]  # what it shows, after it has made it small

    assert (1, 2) == smallest
    shares = splitting_dont.split(*smallest)
    assert [0, 0] == shares
    rows = [
        "three examples  pass",
        "the property    fails for {} cent and {} people".format(*smallest),
        f"                who pay {shares}",
    ]
    output.check("testing/contracts_and_properties/lost.out", "\n".join(rows))


def uneven(cents: int, people: int) -> list[int]:
    """Let one pay two cents more than another, where all could pay alike."""
    each, left = divmod(cents, people)
    if left or people == 1:
        return splitting.split(cents, people)
    return [each + 1, *[each] * (people - 2), each - 1]


@pytest.mark.proves("state-the-property")
@pytest.mark.parametrize(
    "wrong",
    [
        lambda cents, people: [cents] + [0] * (people - 1),
        lambda cents, _people: [cents],
        lambda cents, people: [cents // people] * people,
        uneven,
    ],
    ids=["one pays", "one person", "less", "uneven"],
)
def test_each_part_of_the_property_counts(wrong: Any) -> None:  # noqa: ANN401 # any function
    """One who pays all or two cents more, too few who pay and too small a sum are found."""
    with pytest.raises(AssertionError):
        nothing_is_lost(wrong)


@pytest.mark.parametrize("bill", [9000, 10_000, 0])
def test_each_example_can_fail(bill: int) -> None:
    """A share that is wrong for one of the bills is noticed."""

    def wrong(cents: int, people: int) -> list[int]:
        shares = splitting.split(cents, people)
        return [share + (cents == bill) for share in shares]

    with pytest.raises(AssertionError):
        examples(wrong)


@pytest.mark.proves("contract-both-test")
def test_consumer_and_provider_pass_the_same_file() -> None:
    """The consumer works with what the file promises, and the provider keeps it."""
    for app in (stand_in(CONTRACT), provider.app):
        with served(app) as orders:
            assert "Received 19.99 EUR" == receipt(orders, "ord-1")
            assert [] == broken(CONTRACT, orders)


@pytest.mark.harm("contract-both-test")
def test_both_suites_are_green_and_no_receipt_is_written(output: Output) -> None:
    """A field gets another name: each side's own tests pass, and together they fail."""
    suites_dont.consumer_is_right()
    with served(provider_dont.app) as renamed:
        suites_dont.provider_is_right(renamed)
        with pytest.raises(KeyError) as failed:
            receipt(renamed, "ord-1")
        found = broken(CONTRACT, renamed)

    assert ["body.total is missing"] == found
    rows = [
        "the provider's own tests      pass",
        "the consumer's, with a mock   pass",
        f"both, in production           KeyError: {failed.value}",
        f"the contract                  {found[0]}",
    ]
    output.check("testing/contracts_and_properties/renamed.out", "\n".join(rows))


def answering(body: object, status: int = 200) -> FastAPI:
    """Make a provider that answers this."""
    app = FastAPI()

    @app.get("/orders/ord-1")
    def read() -> object:
        if status != 200:
            raise HTTPException(status)
        return body

    return app


@pytest.mark.proves("contract-both-test")
@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"id": "ord-1", "total": "19.99", "state": "paid"}, 200, []),
        ({"id": "ord-1", "total": 19.99}, 200, ["body.total is 19.99"]),
        ({"id": "ord-1"}, 200, ["body.total is missing"]),
        ({}, 200, ["body.id is missing", "body.total is missing"]),
        ([], 200, ["body is []"]),
        ({}, 404, ["status 404, not 200"]),
    ],
    ids=["more", "a number", "less", "nothing", "a list", "not found"],
)
def test_only_what_the_consumer_needs_is_asked(
    body: object, status: int, told: list[str]
) -> None:
    """More is no fault; another type, another status and less are."""
    with served(answering(body, status)) as orders:
        assert told == broken(CONTRACT, orders)


@pytest.mark.proves("contract-both-test")
@pytest.mark.parametrize(
    ("to", "told"),
    [
        ({"city": "Kiel", "zip": "24103"}, []),
        ({}, ["body.to.city is missing"]),
        (None, ["body.to is None"]),
    ],
    ids=["more", "less", "nothing"],
)
def test_a_contract_looks_as_deep_as_it_says(to: object, told: list[str]) -> None:
    """A field inside of a field is asked for too, and its place is told."""
    deep = {
        "request": {"method": "GET", "path": "/orders/ord-1"},
        "response": {"status": 200, "body": {"to": {"city": "Kiel"}}},
    }
    with served(answering({"to": to})) as orders:
        assert told == broken(deep, orders)


@pytest.mark.proves("contract-both-test")
def test_the_stand_in_answers_what_the_contract_says() -> None:
    """The method, the path and the status are those of the file."""
    refused = {
        "request": {"method": "POST", "path": "/orders"},
        "response": {"status": 409, "body": {"code": "twice"}},
    }
    with served(stand_in(refused)) as orders:
        answer = orders.post("/orders")

        assert (409, {"code": "twice"}) == (answer.status_code, answer.json())
        assert 405 == orders.get("/orders").status_code
        assert [] == broken(refused, orders)
