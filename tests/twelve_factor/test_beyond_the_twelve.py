"""Contracts are held against services that run, and doors are tried."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from snippets.twelve_factor.beyond_the_twelve.contract import broken_promises
from snippets.twelve_factor.beyond_the_twelve.strangers import open_doors
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

MODULE = "tests.twelve_factor.described_service"
SNIPPETS = Path(__file__).parents[2] / "snippets"


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Start one of the services, and call it without credentials."""
    with (
        Service(f"{MODULE} {request.param}", "", TOKEN="secret") as service,
        httpx.Client(base_url=service.address) as client,
    ):
        yield client


def promises(client: httpx.Client, name: str) -> list[str]:
    """Hold a running service against a contract."""
    contract = json.loads((SNIPPETS / name).read_text(encoding="utf-8"))
    offered = client.get("/openapi.json").raise_for_status().json()
    return [*broken_promises(contract, offered)]


@pytest.mark.proves("api-first")
@pytest.mark.parametrize("client", ["orders"], indirect=True)
def test_the_service_keeps_its_contract(client: httpx.Client) -> None:
    """What the running service offers is all that was agreed, and may be more."""
    contract = "twelve_factor/beyond_the_twelve/contract.json"
    order = client.get("/orders/7").json()

    assert [] == promises(client, contract)
    assert {"order_id": "7", "total_cents": 1999} == order
    assert 1680 == client.get("/orders/7?with_tax=false").json()["total_cents"]


@pytest.mark.proves("api-first")
@pytest.mark.parametrize("client", ["orders"], indirect=True)
@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (("paths",), "GET /orders/{order_id} is gone"),
        (("components", "schemas"), "Order.order_id is gone"),
        (("components", "schemas", "Order", "properties"), "Order.order_id is gone"),
    ],
)
def test_whatever_goes_is_told(
    client: httpx.Client, gone: tuple[str, ...], told: str
) -> None:
    """An operation, a schema or a property that goes is a broken promise."""
    offered = client.get("/openapi.json").json()
    contract = copy.deepcopy(offered)
    contract["components"]["schemas"] = {
        "Order": contract["components"]["schemas"]["Order"]
    }
    assert [] == [*broken_promises(contract, offered)]

    part = offered
    for key in gone:
        part = part[key]
    part.clear()

    assert told in [*broken_promises(contract, offered)]


@pytest.mark.harm("api-first")
@pytest.mark.parametrize("client", ["orders_dont"], indirect=True)
def test_a_refactoring_breaks_a_caller(client: httpx.Client, output: Output) -> None:
    """A name and a type that change, and a parameter that comes, stop a caller."""
    refused = client.get("/orders/7")
    order = client.get("/orders/7?currency=EUR").json()

    assert 422 == refused.status_code
    assert {"order_id": "7", "total": "19.98"} == order
    told = promises(client, "twelve_factor/beyond_the_twelve/contract.json")
    output.check("twelve_factor/beyond_the_twelve/orders_dont.out", "\n".join(told))


def test_another_type_is_told() -> None:
    """An integer that becomes a string is a broken promise."""
    schemas = [
        {"paths": {}, "components": {"schemas": {"Order": {"properties": properties}}}}
        for properties in ({"total": {"type": kind}} for kind in ("integer", "string"))
    ]

    assert ["Order.total is no integer any more"] == [*broken_promises(*schemas)]


@pytest.mark.proves("deny-by-default")
@pytest.mark.parametrize("client", ["guarded"], indirect=True)
def test_a_stranger_finds_every_door_shut(client: httpx.Client) -> None:
    """Without the token only the public routes answer; with it all do."""
    assert [] == [*open_doors(client)]
    assert "ok" == client.get("/health").json()
    for token, status in (("wrong", 401), ("secret", 200)):
        headers = {"Authorization": f"Bearer {token}"}
        assert status == client.delete("/orders/7", headers=headers).status_code


@pytest.mark.harm("deny-by-default")
@pytest.mark.parametrize("client", ["guarded_dont"], indirect=True)
def test_one_route_forgets(client: httpx.Client, output: Output) -> None:
    """Where each route must remember to ask, the one that forgot deletes orders."""
    headers = {"Authorization": "Bearer secret"}
    found = [*open_doors(client)]

    assert 401 == client.get("/orders/7").status_code
    assert "7" == client.get("/orders/7", headers=headers).json()
    assert ["DELETE /orders/{order_id} answers 200"] == found
    output.check("twelve_factor/beyond_the_twelve/guarded_dont.out", found[0])
