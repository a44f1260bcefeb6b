"""What generated code gets wrong is run, beside what it was before."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import HTTPException
from psycopg_pool import ConnectionPool

from snippets.code_review.generated_code import orders_dont, tokens_dont
from snippets.code_review.generated_code.check_pauses import (
    test_pauses as exact,
)
from snippets.code_review.generated_code.check_pauses_dont import (
    test_pauses as vague,
)
from snippets.code_review.generated_code.mutants import survivors
from snippets.code_review.writing_comments.conventional import parse
from snippets.readiness.access import orders, tokens
from snippets.resilience.retries import backoff
from snippets.twelve_factor.dependencies.imports import undeclared
from tests.code_review.examples import Example, better, examples
from tests.projects import ROOT
from tests.site.tools import require, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from handbook.outputs import Output

PAGE = "code_review/generated_code"
CODE = Path(backoff.__file__)
MUTANTS = {
    "the cap is left out": ("min(CAP, BASE * 2.0**doublings)", "BASE * 2.0**doublings"),
    "it grows by addition": ("2.0**doublings", "2.0 * doublings"),
    "it begins at a second": ("failed - 1", "failed"),
    "ten times the base": ("BASE = 0.5", "BASE = 5.0"),
}


@pytest.mark.proves("break-the-code")
def test_a_test_that_can_fail_notices_every_mutant() -> None:
    """The test that names the pauses passes the code, and fails on each of four mutants."""
    assert [] == [*survivors(CODE, MUTANTS.values(), exact)]


@pytest.mark.proves("break-the-code")
def test_what_survives_is_named() -> None:
    """A mutant that changes nothing survives, and is named."""
    same = ("failed - 1", "-1 + failed")

    assert [same[1]] == [*survivors(CODE, [*MUTANTS.values(), same], exact)]


@pytest.mark.proves("break-the-code")
def test_a_mutant_that_crashes_is_noticed() -> None:
    """A mutant that raises another exception than an assertion does not survive."""
    crash = ("2.0**doublings", "2.0**None")

    assert [] == [*survivors(CODE, [crash], exact)]


@pytest.mark.proves("break-the-code")
@pytest.mark.parametrize("old", ["no such text", "failed"])
def test_a_mutant_that_is_none_is_refused(old: str) -> None:
    """What does not stand in the code once is refused: such a mutant would break nothing, or too much."""
    with pytest.raises(ValueError, match="does not stand there once"):
        list(survivors(CODE, [(old, "1")], exact))


@pytest.mark.proves("break-the-code")
def test_a_test_that_fails_already_says_nothing() -> None:
    """A test that is red on the code as it is finds no mutant."""

    def red() -> None:
        raise AssertionError

    with pytest.raises(AssertionError):
        list(survivors(CODE, MUTANTS.values(), red))


@pytest.mark.harm("break-the-code")
def test_a_test_that_cannot_fail(output: Output) -> None:
    """A test that draws the lowest number passes whatever the code computes."""
    rows = [f"{'broken on purpose':<22} {'before':<8} after"]
    table: dict[str, list[str]] = {}
    for what, mutant in MUTANTS.items():
        kept = [[*survivors(CODE, [mutant], test)] for test in (exact, vague)]
        table[what] = ["passes" if left else "fails" for left in kept]
        rows.append(f"{what:<22} {table[what][0]:<8} {table[what][1]}")

    assert [["fails", "passes"]] * 4 == [*table.values()]
    output.check(f"{PAGE}/check_pauses_dont.out", "\n".join(rows))


@pytest.mark.proves("break-the-code")
def test_the_comment_on_a_test() -> None:
    """The comment blocks, and asks which fault would turn the test red; the praise that people write says nothing."""
    "code_review/generated_code/pauses.diff"
    "code_review/generated_code/comments.md"
    "code_review/generated_code/comments_dont.md"
    [example] = [each for each in examples("generated_code") if each.name == "pauses"]

    assert [True, True] == rules_kept(example)


def rules_kept(example: Example) -> list[bool]:
    """Say whether the better comment blocks and asks, and the other one does neither."""
    with pytest.raises(ValueError, match="begin with one of"):
        parse(example.before)
    return [better(example).blocks is True, "?" in example.after]


@pytest.mark.proves("own-generated-code")
@pytest.mark.parametrize("name", ["require", "swallowed"])
def test_the_comments_are_about_the_code(name: str) -> None:
    """Each comment says what the code does to somebody, and asks the author, not the tool."""
    "code_review/generated_code/comments.md"
    "code_review/generated_code/comments_dont.md"
    "code_review/generated_code/require.diff"
    "code_review/generated_code/swallowed.diff"
    [example] = [each for each in examples("generated_code") if each.name == name]

    assert [True, True] == rules_kept(example)


@pytest.mark.harm("own-generated-code")
def test_an_option_that_is_ignored(output: Output) -> None:
    """PyJWT ignores the option of an old version, and a token that never ends is accepted."""
    key = ec.generate_private_key(ec.SECP256R1())
    claims = {"iss": tokens.ISSUER, "aud": tokens.AUDIENCE, "sub": "ada"}
    sent: dict[str, dict[str, Any]] = {
        "ends in 5 minutes": {**claims, "exp": int(time.time()) + 300},
        "ended an hour ago": {**claims, "exp": int(time.time()) - 3600},
        "never ends": claims,
    }
    rows = [f"{'a token that':<20}{'before':<10}after"]
    table = {}
    for what, content in sent.items():
        token = jwt.encode(content, key, algorithm="ES256")
        table[what] = [
            taken(partial(verify, token, key.public_key()))
            for verify in (tokens.verify, tokens_dont.verify)
        ]
        rows.append(f"{what:<20}{table[what][0]:<10}{table[what][1]}")

    assert ["accepted", "accepted"] == table["ends in 5 minutes"]
    assert ["refused", "refused"] == table["ended an hour ago"]
    assert ["refused", "accepted"] == table["never ends"]
    output.check(f"{PAGE}/tokens_dont.out", "\n".join(rows))


def taken(read: Callable[[], object]) -> str:
    """Say what becomes of a token."""
    try:
        read()
    except jwt.InvalidTokenError:
        return "refused"
    return "accepted"


@pytest.mark.harm("own-generated-code")
def test_an_outage_becomes_an_empty_list(database: str, output: Output) -> None:
    """While the table is locked, an order that exists is answered 404."""
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("CREATE TABLE orders (id int, owner text, item text)")
        other.execute("INSERT INTO orders VALUES (1, 'ada', 'a ring, size 52')")
        limit = {"options": "-c lock_timeout=50ms"}
        with ConnectionPool(database, kwargs=limit, min_size=1, open=True) as pool:
            found: dict[str, orders.Orders | orders_dont.Orders] = {
                "before": orders.Orders(pool, "ada"),
                "after": orders_dont.Orders(pool, "ada"),
            }
            free = {name: answer(each) for name, each in found.items()}
            with other.transaction():
                other.execute("LOCK TABLE orders")  # as ALTER TABLE does
                locked = {name: answer(each) for name, each in found.items()}
    rows = [f"{'ada reads her order':<20} {'before':<25} after"]
    rows.append(f"{'on a good day':<20} {free['before']:<25} {free['after']}")
    rows.append(f"{'table locked':<20} {locked['before']:<25} {locked['after']}")

    assert {"before": "200", "after": "200"} == free
    assert {"before": "500, LockNotAvailable", "after": "404"} == locked
    output.check(f"{PAGE}/orders_dont.out", "\n".join(rows))


def answer(found: orders.Orders | orders_dont.Orders) -> str:
    """Say what the service makes of it: an exception that nobody handles is a 500."""
    try:
        orders.one(found.find(1))
    except HTTPException as refusal:
        return str(refusal.status_code)
    except psycopg.Error as error:
        return f"500, {type(error).__name__}"
    return "200"


def test_ruff_says_nothing_of_an_outage_that_is_swallowed() -> None:
    """The rules of this repository allow a broad except that logs."""
    file = ROOT / "snippets" / PAGE / "orders_dont.py"
    told = run(
        require("ruff"), "check", "--no-cache", f"--config={ROOT}/pyproject.toml", file
    )

    assert "noqa" not in file.read_text("utf-8")
    assert 0 == told.returncode, told.stdout


def test_an_import_that_no_lock_has_is_named(tmp_path: Path) -> None:
    """A package that does not exist is no module that the lock brought."""
    code = tmp_path / "shop"
    code.mkdir()
    text = "import httpx\nimport a_package_that_nobody_has_published\n"
    (code / "retry.py").write_text(text, encoding="utf-8")

    assert {"a_package_that_nobody_has_published"} == undeclared(code, ["httpx>=0.28"])
