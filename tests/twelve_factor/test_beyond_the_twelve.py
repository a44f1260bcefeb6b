"""Contracts are held against services that run, and doors are tried."""

from __future__ import annotations

import asyncio
import copy
import json
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from snippets.twelve_factor.beyond_the_twelve.contract import broken_promises
from snippets.twelve_factor.beyond_the_twelve.guarded import shop
from snippets.twelve_factor.beyond_the_twelve.strangers import open_doors
from tests.forks import start
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from handbook.outputs import Output

MODULE = "tests.twelve_factor.described_service"
SNIPPETS = Path(__file__).parents[2] / "snippets"
CONTRACT = "twelve_factor/beyond_the_twelve/contract.json"
NEARLY = ("Bearer secre", "Bearer secrets", "Basic secret", "secret")
KNOWN = {"Authorization": "Bearer secret"}


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Start one of the services, and call it without credentials."""
    with (
        Service(f"{MODULE} {request.param}", "", TOKEN="secret") as service,
        httpx.Client(base_url=service.address) as client,
    ):
        yield client


def described(client: httpx.Client) -> dict[str, Any]:
    """Ask a service for its OpenAPI document, as somebody who may have it."""
    answer = client.get("/openapi.json", headers=KNOWN)
    document: dict[str, Any] = answer.raise_for_status().json()
    return document


def promises(client: httpx.Client, name: str) -> list[str]:
    """Hold a running service against a contract."""
    contract = json.loads((SNIPPETS / name).read_text(encoding="utf-8"))
    return [*broken_promises(contract, described(client))]


@pytest.mark.proves("api-first")
@pytest.mark.parametrize("client", ["orders"], indirect=True)
def test_the_service_keeps_its_contract(client: httpx.Client) -> None:
    """What the running service offers is all that was agreed, and may be more."""
    order = client.get("/orders/7").json()

    assert [] == promises(client, CONTRACT)
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
    offered = described(client)
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
    told = promises(client, CONTRACT)
    output.check("twelve_factor/beyond_the_twelve/orders_dont.out", "\n".join(told))


def test_another_type_is_told() -> None:
    """An integer that becomes a string is a broken promise."""
    schemas = [
        {"paths": {}, "components": {"schemas": {"Order": {"properties": properties}}}}
        for properties in ({"total": {"type": kind}} for kind in ("integer", "string"))
    ]

    assert ["Order.total is no integer any more"] == [*broken_promises(*schemas)]


@pytest.mark.proves("api-first")
@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("requestBody", {"required": True, "content": {}}, "now requires a body"),
        ("requestBody", {"content": {}}, ""),
        ("parameters", [{"name": "page", "in": "query"}], ""),
        ("responses", {"202": {}}, "answers no 200 any more"),
        ("responses", {"200": {}}, "answers 200 with no Order any more"),
    ],
)
def test_another_question_or_answer_is_told(key: str, value: object, told: str) -> None:
    """A body that must be sent, another status or another model is a broken promise."""
    contract = json.loads((SNIPPETS / CONTRACT).read_text(encoding="utf-8"))
    offered = copy.deepcopy(contract)
    offered["paths"]["/orders/{order_id}"]["get"][key] = value

    expected = [f"GET /orders/{{order_id}} {told}"] if told else []
    assert expected == [*broken_promises(contract, offered)]


def test_a_service_without_models_is_compared() -> None:
    """A contract that names no schema, and a service that has none, are compared."""
    agreed: dict[str, Any] = {"get": {"responses": {"200": {}}}}
    contract = {"paths": {"/": agreed}}
    models = {"schemas": {"Order": {"properties": {"total": {"type": "integer"}}}}}

    assert [] == [*broken_promises(contract, contract)]
    assert [] == [*broken_promises(contract, offering("#/components/schemas/Order"))]
    told = [*broken_promises({**contract, "components": models}, contract)]
    assert ["Order.total is gone"] == told


def offering(reference: str) -> dict[str, Any]:
    """Describe a service that answers with a schema."""
    content = {"application/json": {"schema": {"$ref": reference}}}
    return {"paths": {"/": {"get": {"responses": {"200": {"content": content}}}}}}


@pytest.mark.proves("deny-by-default")
@pytest.mark.parametrize("client", ["guarded"], indirect=True)
def test_a_stranger_finds_every_door_shut(client: httpx.Client) -> None:
    """Without the token only the public operations answer, not even the documentation."""
    assert [] == [*open_doors(client, described(client))]
    assert "ok" == client.get("/health").json()
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert 401 == client.get(path).status_code
        assert 200 == client.get(path, headers=KNOWN).status_code


@pytest.mark.proves("deny-by-default")
@pytest.mark.parametrize("client", ["guarded"], indirect=True)
def test_who_has_not_the_token_is_told_how_to_ask(client: httpx.Client) -> None:
    """Whatever is not the token gets 401 and the challenge, and the token opens."""
    for sent in ("", "Bearer", "Bearer s", "Bearer secrex", *NEARLY):
        refused = client.delete("/orders/7", headers={"Authorization": sent})
        assert 401 == refused.status_code, sent
        assert "Bearer" == refused.headers["WWW-Authenticate"]

    for scheme in ("Bearer", "bearer"):  # RFC 9110: in either case
        headers = {"Authorization": f"{scheme} secret"}
        assert "7 deleted" == client.delete("/orders/7", headers=headers).json()


@pytest.mark.proves("deny-by-default")
@pytest.mark.parametrize("client", ["extended"], indirect=True)
def test_a_new_route_is_guarded(client: httpx.Client) -> None:
    """A route that is added with a plain `@app.get` refuses strangers, described or not."""
    assert [] == [*open_doors(client, described(client))]
    for method, path in (("GET", "/new"), ("GET", "/hidden"), ("DELETE", "/health")):
        assert 401 == client.request(method, path).status_code
        assert "new" == client.request(method, path, headers=KNOWN).json()


def test_a_websocket_is_guarded() -> None:
    """A stranger's WebSocket is refused in the handshake."""
    extensions: dict[str, Any] = {"websocket.http.response": {}}
    scope = {"type": "websocket", "path": "/", "headers": [], "extensions": extensions}
    sent = []

    async def receive() -> MutableMapping[str, Any]:
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(shop("secret")(scope, receive, send))

    assert "websocket.http.response.start" == sent[0]["type"]
    assert 401 == sent[0]["status"]


@pytest.mark.proves("deny-by-default")
@pytest.mark.parametrize("client", ["ajar"], indirect=True)
def test_every_open_door_is_found(client: httpx.Client) -> None:
    """An operation that does not refuse is found, on a public path or undescribed too."""
    found = [*open_doors(client, described(client))]

    assert [
        "GET /openapi.json answers 200",
        "GET /docs answers 200",
        "GET /docs/oauth2-redirect answers 200",
        "GET /redoc answers 200",
        "DELETE /health answers 200",
        "GET /none answers 404",
        "GET /odd answers 422",
        "GET /broken answers 500",
    ] == found


def test_without_a_token_there_is_no_service() -> None:
    """If TOKEN is missing or empty, the service does not start."""
    for variable, error in (({}, "KeyError: 'TOKEN'"), ({"TOKEN": ""}, "no token")):
        process, output = start([MODULE, "guarded"], {**os.environ, **variable})
        with closing(output):
            assert error in output.read()
        assert 0 != process.wait()


@pytest.mark.harm("deny-by-default")
@pytest.mark.parametrize("client", ["guarded_dont"], indirect=True)
def test_one_route_forgets(client: httpx.Client, output: Output) -> None:
    """Where each route must remember to ask, the one that forgot deletes orders."""
    found = [*open_doors(client, described(client))]

    assert 401 == client.get("/orders/7").status_code
    assert "7" == client.get("/orders/7", headers=KNOWN).json()
    assert "7 deleted" == client.delete("/orders/7").json()
    assert "DELETE /orders/{order_id} answers 200" == found[-1]
    output.check("twelve_factor/beyond_the_twelve/guarded_dont.out", "\n".join(found))
