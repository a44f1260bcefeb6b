"""Four diffs of this repository are abused, and as they were before they are not."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from snippets.code_review.security_in_review import archive_dont, search_dont
from snippets.code_review.writing_comments.conventional import parse
from snippets.readiness.access import orders
from tests import forks
from tests.code_review.examples import Example, better, examples
from tests.site.tools import documents, require, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

PAGE = "code_review/security_in_review"
FOLDER = Path(__file__).parents[2] / "snippets" / PAGE
EXAMPLES = examples("security_in_review")
ATTACK = "' OR TRUE --"
VARIABLES = {
    "DATABASE_URL": "postgresql://shop:hunter2@db.internal/shop",
    "PAYMENT_KEY": "example-key-of-24-letters",
    "PORT": "0",
}
TITLES = ("The shop is down", '$(printf %s "$GH_TOKEN" >stolen)')


@pytest.fixture
def pool(database: str) -> Iterator[ConnectionPool]:
    """Fill a real database with an order of Ada's and one of Bob's."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "CREATE TABLE orders (id int PRIMARY KEY, owner text NOT NULL,"
            " item text NOT NULL, deleted_at timestamptz)"
        )
        connection.execute(
            "INSERT INTO orders VALUES (1, 'ada', 'a ring, size 52'), (2, 'bob', 'a book')"
        )
    with ConnectionPool(database, min_size=1, open=True) as pool:
        yield pool


@pytest.mark.proves("abuse-case")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_each_comment_says_what_can_be_done(example: Example) -> None:
    """Each comment blocks, says what an attacker does, and names the line; what people write says none of it."""
    "code_review/security_in_review/comments.md"
    "code_review/security_in_review/comments_dont.md"
    "code_review/security_in_review/search.diff"
    "code_review/security_in_review/archive.diff"
    "code_review/security_in_review/settings.diff"
    "code_review/security_in_review/triage.diff"
    comment = better(example)

    assert comment.blocks
    with pytest.raises(ValueError, match="begin with one of"):
        parse(example.before)


def as_advised(pool: ConnectionPool, owner: str, text: str) -> list[str]:
    """Search as the comment advises."""
    (condition,) = re.findall("`(AND .*?)`", EXAMPLES[0].after)
    statement = f"SELECT item FROM orders WHERE owner = %(owner)s {condition}"  # noqa: S608 -- the comment is ours
    with pool.connection() as connection:
        values = {"owner": owner, "text": text}
        return [item for (item,) in connection.execute(statement.encode(), values)]


@pytest.mark.harm("abuse-case")
def test_a_search_lists_the_orders_of_everybody(
    pool: ConnectionPool, output: Output
) -> None:
    """A text that is put into the statement lists the orders of everybody."""
    bob = search_dont.Orders(pool, "bob")
    shown = []
    for text in ("book", "d'or", ATTACK):
        try:
            found = ", ".join(row["item"] for row in bob.all(text))
        except psycopg.errors.SyntaxError:
            found = "500, a syntax error"
        shown += [f"bob searches for {text}", f"  {found}"]

    assert ["a book"] == as_advised(pool, "bob", "book")
    assert [] == as_advised(pool, "bob", "d'or") == as_advised(pool, "bob", ATTACK)
    assert [{"id": 2, "item": "a book"}] == bob.all("book")
    assert {1, 2} == {row["id"] for row in bob.all(ATTACK)}
    assert shown[3] == "  500, a syntax error"
    output.check(f"{PAGE}/search_dont.out", "\n".join(shown))


@pytest.mark.harm("abuse-case")
def test_anybody_archives_any_order(pool: ConnectionPool, output: Output) -> None:
    """Without the owner in the statement, Bob archives Ada's order."""
    rows = [f"{'version':<8} {'bob deletes 1':<14} what ada sees"]
    left = []
    for name, kind in (("before", orders.Orders), ("after", archive_dont.Orders)):
        answer = "204" if kind(pool, "bob").delete(1) else "404"
        left.append([row["item"] for row in kind(pool, "ada").all()])
        rows.append(f"{name:<8} {answer:<14} {', '.join(left[-1]) or 'nothing'}")

    assert [] == archive_dont.Orders(pool, "bob").delete(1)  # it is archived
    with pool.connection() as connection:  # as the comment advises
        advised = (
            "UPDATE orders SET deleted_at = now() WHERE id = 2 AND owner = %s"
            " AND deleted_at IS NULL RETURNING id"
        )
        told = [
            connection.execute(advised, [owner]).fetchall() for owner in ("ada", "bob")
        ]

    assert [[], [(2,)]] == told
    assert [["a ring, size 52"], []] == left
    assert ["404", "204"] == [row.split()[1] for row in rows[1:]]
    output.check(f"{PAGE}/archive_dont.out", "\n".join(rows))


def started(module: str) -> str:
    """Let the shop start with the settings of a module, and read what it logs."""
    process, written = forks.start(
        ["tests.code_review.starting", module], {**os.environ, **VARIABLES}
    )
    with written:
        told = written.read()
    assert process.wait() == 0
    [line] = told.splitlines()
    assert "started" == json.loads(line)["event"]
    return str(json.loads(line)["settings"])


@pytest.mark.harm("abuse-case")
def test_the_password_is_in_the_first_line_of_the_log(output: Output) -> None:
    """A field that is no secret any more stands in the log with its password."""
    before = started("snippets.twelve_factor.config.settings")
    after = started(f"snippets.{PAGE.replace('/', '.')}.settings_dont")
    shown = [
        f"{name}: {re.findall('database_url=(.*?),', settings)[0]}"
        for name, settings in (("before", before), ("after", after))
    ]

    assert "hunter2" not in before
    assert "hunter2" in after
    assert VARIABLES["PAYMENT_KEY"] not in before + after
    output.check(f"{PAGE}/settings_dont.out", "\n".join(shown))


def labelled(workflow: str, title: str, folder: Path) -> tuple[list[str], str]:
    """Run the step as the runner does; give the labels that it sets, and what was stolen.

    Expressions are filled in first, then bash reads the script. `gh` is a script
    that writes down what it is asked: the real one needs GitHub.
    """
    [step] = documents(FOLDER / workflow)[0]["jobs"]["triage"]["steps"]
    event = {
        "github.event.issue.title": title,
        "github.event.issue.number": "7",
        "github.token": "the-token-of-the-run",
    }

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: event[match[1]], text)

    folder.mkdir()
    asked = folder / "asked"
    tool = folder / "gh"
    tool.write_text(f'#!/bin/sh\necho "$@" >>{asked}\n', encoding="utf-8")
    tool.chmod(0o700)
    variables = {name: filled(value) for name, value in step["env"].items()}
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-e", "-c", filled(step["run"])],
        check=True,
        cwd=folder,
        env={**variables, "PATH": path},
        timeout=60,
    )
    stolen = folder / "stolen"
    return (
        asked.read_text("utf-8").splitlines() if asked.exists() else [],
        stolen.read_text("utf-8") if stolen.exists() else "nothing",
    )


@pytest.mark.harm("abuse-case")
def test_the_title_of_an_issue_is_executed(tmp_path: Path, output: Output) -> None:
    """A title that is put into a script is executed, and takes the token."""
    "code_review/security_in_review/triage.yml"
    "code_review/security_in_review/triage_dont.yml"
    honest, attack = TITLES
    edit = ["issue edit 7 --add-label outage"]
    for name in ("triage", "triage_dont"):
        assert (edit, "nothing") == labelled(f"{name}.yml", honest, tmp_path / name)
    _, before = labelled("triage.yml", attack, tmp_path / "before")
    _, after = labelled("triage_dont.yml", attack, tmp_path / "after")
    shown = [f"title: {attack}", f"before: {before} stolen", f"after: {after} stolen"]

    assert ("nothing", "the-token-of-the-run") == (before, after)
    output.check(f"{PAGE}/triage_dont.out", "\n".join(shown))


def found(name: str) -> list[str]:
    """Give what ruff's security rules say of a file, line for line."""
    arguments = "check --isolated --no-cache --ignore-noqa --select=S"
    told = run(
        require("ruff"),
        *arguments.split(),
        "--output-format=concise",
        FOLDER / name,
    )
    assert told.returncode in {0, 1}, told.stderr
    rows = told.stdout.splitlines()
    return [row.partition(f"{name}:")[2] for row in rows if f"{name}:" in row]


@pytest.mark.harm("abuse-case")
def test_ruff_finds_one_of_three(output: Output) -> None:
    """Ruff finds the statement that is put together, and nothing in the two that are wrong in meaning."""
    said = {
        name: found(name)
        for name in ("search_dont.py", "archive_dont.py", "settings_dont.py")
    }
    rows = []
    for name, lines in said.items():
        told = lines or ["nothing"]
        rows += [name, *(f"  {row}" for line in told for row in wrap(line, 56))]

    assert [1, 0, 0] == [len(lines) for lines in said.values()]
    assert "S608" in said["search_dont.py"][0]
    output.check(f"{PAGE}/scanned_dont.out", "\n".join(rows))
