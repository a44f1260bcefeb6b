"""Callers with real tokens ask a real service for what is whose."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from snippets.readiness.access.guard import TokenGuard
from snippets.readiness.access.matrix import differences
from snippets.readiness.access.picked_dont import is_safe
from snippets.readiness.access.tokens import AUDIENCE, ISSUER, Caller, verify
from snippets.readiness.access.tokens_dont import read_any, read_unsigned
from snippets.twelve_factor.beyond_the_twelve.strangers import open_doors
from tests.databases import new_database
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from jwt.types import Options

    from handbook.outputs import Output

FOLDER = "readiness/access"
AGREED = Path(__file__).parents[2] / "snippets" / FOLDER / "access.json"
KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
PEM, OPENSSH, DER = (
    KEY.public_key().public_bytes(encoding, form)
    for encoding, form in (
        (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.OpenSSH, PublicFormat.OpenSSH),
        (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )
)
JWK = json.dumps(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True))
NAMES = {"owner": "ada", "another": "bob", "support": "sue"}


def token(key: ec.EllipticCurvePrivateKey = KEY, **changed: object) -> str:
    """Issue a token, with some claims that are other or missing."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "exp": int(time.time()) + 300,
        **changed,
    }
    claims = {name: claim for name, claim in claims.items() if claim is not None}
    return jwt.encode(claims, key, algorithm="ES256")


def forged(algorithm: str, secret: bytes) -> str:
    """Sign a token with what everybody has: the public key, or nothing."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": time.time() + 300}
    parts = [json.dumps(part).encode() for part in ({"alg": algorithm}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.digest(secret, text, hashlib.sha256) if secret else b""
    return b".".join((text, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


HOUR_AGO = int(time.time()) - 3600
WRONG = {
    "signed with another key": token(OTHER_KEY, sub="admin"),
    "for another service": token(aud="https://mail.example.com"),
    "for nobody in particular": token(aud=None),
    "from another issuer": token(iss="https://id.example.org"),
    "expired": token(exp=HOUR_AGO),
    "without an end": token(exp=None),
}
NOT_READ = {
    "for nobody": token(sub=None),
    "by no issuer": token(iss=None),
    "not yet valid": token(nbf=int(time.time()) + 3600),
    "unsigned": forged("none", b""),
    "no token": "none",
    "empty": "",
    "garbled": "é.ü.ñ",
    "of nobody's making": f"{token()}.{token()}",
    **{f"signed with {key[:9]!r}": forged("HS256", key) for key in (PEM, OPENSSH, DER)},
}


def taken(read: Callable[[], object]) -> str:
    """Say what becomes of a token."""
    try:
        read()
    except jwt.InvalidTokenError:
        return "refused"
    return "accepted"


@pytest.mark.proves("verify-tokens")
def test_a_token_for_this_service_is_read() -> None:
    """A token of the issuer, for this service, gives the caller and their scopes."""
    key = KEY.public_key()

    assert Caller("ada", frozenset()) == verify(token(), key)
    caller = verify(token(scope="orders:refund openid"), key)
    assert frozenset({"orders:refund", "openid"}) == caller.scopes
    assert verify(token(aud=[AUDIENCE, "https://mail.example.com"]), key)


@pytest.mark.proves("verify-tokens")
@pytest.mark.parametrize("what", [*WRONG, *NOT_READ])
def test_every_other_token_is_refused(what: str) -> None:
    """Forged, expired, endless or meant for another, a token is refused."""
    wrong = {**WRONG, **NOT_READ}[what]

    assert "refused" == taken(lambda: verify(wrong, KEY.public_key()))


@pytest.mark.harm("verify-tokens")
def test_a_token_for_somebody_else_is_accepted(output: Output) -> None:
    """Without signature or audience, anybody's token or that of another service is in."""
    key = KEY.public_key()
    rows = [f"{'a token':<25}{'read_unsigned':<15}{'read_any':<10}verify"]
    table = {
        what: [
            taken(partial(read_unsigned, wrong)),
            taken(partial(read_any, wrong, key)),
            taken(partial(verify, wrong, key)),
        ]
        for what, wrong in WRONG.items()
    }
    rows += [f"{what:<25}{a:<15}{b:<10}{c}" for what, (a, b, c) in table.items()]

    assert {"accepted"} == {row[0] for row in table.values()}
    assert "accepted" == table["for another service"][1] == table["without an end"][1]
    assert "refused" == table["expired"][1] == table["signed with another key"][1]
    assert "admin" == read_unsigned(WRONG["signed with another key"])["sub"]
    output.check(f"{FOLDER}/tokens_dont.out", "\n".join(rows))


def test_without_a_signature_the_library_checks_what_it_is_asked_to() -> None:
    """Without a signature PyJWT checks those claims that are asked for by name."""
    asked: Options = {"verify_signature": False, "verify_aud": True}
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(WRONG["for another service"], options=asked, audience=AUDIENCE)
    with pytest.raises(jwt.MissingRequiredClaimError):
        jwt.decode(
            token(exp=None), options={"verify_signature": False, "require": ["exp"]}
        )


def test_without_an_audience_the_library_refuses() -> None:
    """PyJWT refuses a token that has an audience if it is told none, and accepts others."""
    key = KEY.public_key()
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token(), key, algorithms=["ES256"])
    assert jwt.decode(token(aud=None), key, algorithms=["ES256"])


@pytest.mark.parametrize(
    "key", [PEM, OPENSSH, DER, JWK.encode()], ids=["PEM", "OpenSSH", "DER", "JWK"]
)
def test_the_library_knows_a_public_key(key: bytes) -> None:
    """Where both kinds of algorithm are allowed, PyJWT refuses a public key as secret."""
    with pytest.raises(jwt.InvalidKeyError, match="should not be used"):
        jwt.decode(forged("HS256", key), key, algorithms=["ES256", "HS256"])


def test_what_it_does_not_know_it_takes() -> None:
    """The same key in base64 without a frame is taken as a secret; it reads no ES256."""
    key = base64.b64encode(DER)
    claims = jwt.decode(
        forged("HS256", key), key, algorithms=["ES256", "HS256"], audience=AUDIENCE
    )

    assert "ada" == claims["sub"]
    with pytest.raises(ValueError, match="PEM"):
        jwt.decode(token(), key, algorithms=["ES256", "HS256"], audience=AUDIENCE)


class Shop:
    """A service that runs, and its database."""

    def __init__(self, module: str, fixture: str, stack: ExitStack) -> None:
        url = stack.enter_context(new_database())
        self.database = stack.enter_context(psycopg.connect(url, autocommit=True))
        self.database.execute(
            "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " owner text NOT NULL, item text NOT NULL)"
        )
        self.order("a ring, size 52")
        variables = {"DATABASE_URL": url, "ISSUER": PEM.decode()}
        name = f"tests.readiness.shop {module}"
        service = stack.enter_context(Service(name, fixture, **variables))
        self.stranger = stack.enter_context(httpx.Client(base_url=service.address))
        self.callers = {}
        for who, subject in NAMES.items():
            scope = "orders:refund" if who == "support" else None
            known = {"Authorization": f"Bearer {token(sub=subject, scope=scope)}"}
            client = httpx.Client(base_url=service.address, headers=known)
            self.callers[who] = stack.enter_context(client)

    def order(self, item: str = "a book") -> int:
        """Let the owner order something, and give its number."""
        statement = "INSERT INTO orders (owner, item) VALUES ('ada', %s) RETURNING id"
        (number,) = self.database.execute(statement, [item]).fetchone() or (0,)
        return int(number)

    def described(self) -> dict[str, Any]:
        """Give its OpenAPI document."""
        answer = self.callers["owner"].get("/openapi.json")
        document: dict[str, Any] = answer.raise_for_status().json()
        return document

    def differences(self) -> list[str]:
        """Compare it with what was agreed."""
        agreed = json.loads(AGREED.read_text(encoding="utf-8"))
        return [*differences(agreed, self.described(), self.callers, self.order)]


@contextmanager
def started(module: str, fixture: str) -> Iterator[Shop]:
    """Start one of the two shops."""
    with ExitStack() as stack:
        yield Shop(module, f"{__name__}.{fixture}", stack)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Start the shop that asks."""
    with started("service", "shop") as shop:
        yield shop


@pytest.fixture(scope="module")
def shop_dont() -> Iterator[Shop]:
    """Start the shop that does not."""
    with started("service_dont", "shop_dont") as shop:
        yield shop


def told(answer: httpx.Response) -> str:
    """Write an answer."""
    return f"{answer.status_code} {answer.text}"


@pytest.mark.proves("authorise-objects")
def test_what_is_not_yours_is_not_there(shop: Shop) -> None:
    """Somebody else's order and one that never was get the same answer, byte for byte."""
    number = shop.order()
    for method in ("GET", "DELETE"):
        for who in ("another", "support"):
            there, absent = (
                shop.callers[who].request(method, f"/orders/{each}")
                for each in (number, number + 1000)
            )
            assert 404 == there.status_code
            for answer in (there, absent):
                answer.headers.pop("date")
            assert (there.headers, there.content) == (absent.headers, absent.content)
    assert "a book" == shop.callers["owner"].get(f"/orders/{number}").json()["item"]


@pytest.mark.proves("authorise-objects")
def test_a_list_holds_your_own(shop: Shop) -> None:
    """A list holds what is yours, and a deletion takes one of them."""
    number = shop.order()
    owner = shop.callers["owner"]

    assert number in {order["id"] for order in owner.get("/orders").json()}
    assert [] == shop.callers["another"].get("/orders").json()
    assert 204 == owner.delete(f"/orders/{number}").status_code
    assert number not in {order["id"] for order in owner.get("/orders").json()}
    assert 404 == owner.delete(f"/orders/{number}").status_code


@pytest.mark.harm("authorise-objects")
def test_everybody_reads_what_is_yours(shop_dont: Shop, output: Output) -> None:
    """Looked up by its number alone, an order is read by whoever counts to it."""
    answer = shop_dont.callers["another"].get("/orders/1")

    assert 200 == answer.status_code
    assert "a ring, size 52" == answer.json()["item"]
    rows = ["bob: GET /orders/1", told(answer)]
    output.check(f"{FOLDER}/service_dont.out", "\n".join(rows))


@pytest.mark.proves("verify-tokens")
def test_who_has_no_good_token_is_told_how_to_ask(shop: Shop) -> None:
    """A stranger finds every door shut, and a wrong token gets 401 and the challenge."""
    assert [] == [*open_doors(shop.stranger, shop.described())]
    assert 200 == shop.stranger.get("/health").status_code
    sent = [f"Bearer {wrong}" for wrong in (*WRONG.values(), *NOT_READ.values())]
    for header in [*sent, f"Basic {token()}", token(), ""]:
        known = {b"Authorization": header.strip().encode()}
        refused = shop.stranger.get("/orders", headers=known)
        assert 401 == refused.status_code, header
        assert "Bearer" == refused.headers["WWW-Authenticate"]
    lower = {"Authorization": f"bearer {token()}"}
    assert 200 == shop.stranger.get("/orders", headers=lower).status_code


@pytest.mark.proves("verify-tokens")
def test_a_websocket_needs_a_token_too() -> None:
    """A WebSocket without a token is refused in the handshake, before any route."""
    extensions: dict[str, Any] = {"websocket.http.response": {}}
    scope = {"type": "websocket", "path": "/", "headers": [], "extensions": extensions}
    sent = []

    async def receive() -> MutableMapping[str, Any]:
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(TokenGuard(FastAPI(), KEY.public_key())(scope, receive, send))

    assert 401 == sent[0]["status"]


@pytest.mark.proves("access-matrix")
def test_the_service_keeps_to_the_matrix(shop: Shop) -> None:
    """Each caller gets for each operation what the matrix says."""
    assert [] == shop.differences()


@pytest.mark.proves("access-matrix")
def test_what_is_not_as_agreed_is_told(shop: Shop) -> None:
    """An operation that is new, gone or answers another status is told, and who gets it."""
    agreed: dict[str, list[Any]] = {
        "callers": ["owner", "another"],
        "GET /health": [200, 200],
        "GET /orders": [200, 403],
        "DELETE /orders/{order_id}": [204, 404],
        "PUT /orders/{order_id}": [200, 404],
    }
    document = shop.described()

    assert [
        "GET /orders/{order_id}: nobody has agreed to it",
        "POST /orders/{order_id}/refund: nobody has agreed to it",
        "GET /orders: another gets 200, not 403",
        "PUT /orders/{order_id}: owner gets 405, not 200",
        "PUT /orders/{order_id}: another gets 405, not 404",
    ] == [*differences(agreed, document, shop.callers, shop.order)]
    agreed["GET /health"] = [200]
    with pytest.raises(ValueError, match="shorter"):
        [*differences(agreed, document, shop.callers, shop.order)]


@pytest.mark.harm("access-matrix")
def test_picked_cases_see_nothing(shop_dont: Shop, output: Output) -> None:
    """Two cases that come to mind pass, where everybody reads and pays back orders."""
    safe = is_safe(shop_dont.callers["owner"], shop_dont.stranger)
    found = [each for each in shop_dont.differences() if "{order_id}" in each]

    assert safe
    assert "POST /orders/{order_id}/refund: owner gets 204, not 403" in found
    rows = [f"is_safe(owner, stranger): {safe}", "the matrix:", *found]
    output.check(f"{FOLDER}/picked_dont.out", "\n".join(rows))
