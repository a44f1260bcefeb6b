"""What a real PostgreSQL finds, and three ways to keep tests apart on it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from snippets.testing.integration import isolation, locking, sqlite_dont
from snippets.testing.integration.databases import database as new_database
from snippets.testing.integration.race import last_use
from snippets.testing.pyramid import store, store_dont
from tests.projects import ROOT
from tests.site.tools import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handbook.outputs import Output
    from snippets.testing.integration.race import Database

PAGE: Final = "testing/integration"
SCHEMA: Final = Path(ROOT, "snippets/testing/pyramid/schema.sql").read_text()
USES: Final = """
CREATE TABLE uses (
  code text NOT NULL REFERENCES codes DEFERRABLE INITIALLY DEFERRED
);
"""
CODE: Final = "INSERT INTO codes VALUES ('LAST', 25, '2027-03-31', 1, 0)"
USED: Final = "SELECT used FROM codes"


@pytest.fixture(scope="module")
def server() -> str:
    """Give the URL of a server."""
    return str(postgres().get_uri("postgres"))


@pytest.fixture(scope="module")
def prepared(server: str) -> Iterator[str]:
    """Give the URL of a database that has the tables."""
    with new_database(server) as url:
        run(url, SCHEMA + USES)
        yield url


@pytest.fixture
def database(server: str, prepared: str) -> Iterator[str]:
    """Copy that database."""
    with new_database(server, name(prepared)) as url:
        yield url


def name(url: str) -> str:
    """Give the name of a database."""
    return str(conninfo_to_dict(url)["dbname"])


def run(url: str, statements: str) -> None:
    """Run statements."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


def ask(url: str, query: str) -> object:
    """Ask for one value."""
    with psycopg.connect(url, autocommit=True) as connection:
        [(value,)] = connection.execute(query.encode())
    return value


def told(outcomes: list[object]) -> str:
    """Say in a few words what became of the customers."""
    given = outcomes.count(True)
    errors = [each for each in outcomes if isinstance(each, Exception)]
    if errors and all("syntax error" in str(each) for each in errors):
        return "syntax error"
    if errors:
        assert ["database is locked"] == [str(each) for each in errors]
        return f"{given} given, {len(errors)} error"
    return f"{given} given"


class Shop:
    """A database with one code that has one use."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self.connect = connect

    def sell(self, redeem: Callable[..., bool], readers: int = 1) -> str:
        """Let two customers want it, and say what happened."""
        with self.connect() as db:
            db.execute("DELETE FROM codes")
            db.execute(CODE)
        outcomes = last_use(self.connect, redeem, readers)
        with self.connect() as db:
            assert (outcomes.count(True),) == db.execute(USED).fetchone()
        return told(outcomes)


def on_sqlite(folder: Path, begin: str) -> Shop:
    """Make the table in a file."""
    file = str(folder / begin)
    with sqlite_dont.connect(file, "BEGIN") as db:
        db.execute(SCHEMA)
    return Shop(partial(sqlite_dont.connect, file, begin))


def on_postgresql(url: str) -> Shop:
    """Take the table of a PostgreSQL."""
    return Shop(partial(psycopg.connect, url, autocommit=True))


@pytest.mark.proves("real-dependencies")
@pytest.mark.harm("real-dependencies")
def test_sqlite_passes_the_race_and_refuses_the_cure(
    database: str, tmp_path: Path, output: Output
) -> None:
    """On SQLite the last use is given once, on PostgreSQL twice; the lock that cures it is no SQL there."""
    found = {
        "SQLite": (on_sqlite(tmp_path, "BEGIN"), 2),
        "SQLite, BEGIN IMMEDIATE": (on_sqlite(tmp_path, "BEGIN IMMEDIATE"), 1),
        "PostgreSQL": (on_postgresql(database), 2),
    }
    rows = {
        where: [
            shop.sell(store_dont.redeem, readers),
            shop.sell(store.redeem),
            shop.sell(locking.redeem),
        ]
        for where, (shop, readers) in found.items()
    }

    assert {
        "SQLite": ["1 given, 1 error", "1 given", "syntax error"],
        "SQLite, BEGIN IMMEDIATE": ["1 given", "1 given", "syntax error"],
        "PostgreSQL": ["2 given", "1 given", "1 given"],
    } == rows
    lines = [f"{'':<25}{'looks first':<18}{'one UPDATE':<12}FOR UPDATE"]
    lines += [
        f"{where:<25}{first:<18}{one:<12}{lock}"
        for where, (first, one, lock) in rows.items()
    ]
    output.check(f"{PAGE}/sqlite_dont.out", "\n".join(lines))


@pytest.mark.proves("real-dependencies")
def test_a_used_code_stays_used(database: str) -> None:
    """Whoever comes after the last use is refused, with a lock as without."""
    run(database, CODE)
    with psycopg.connect(database, autocommit=True) as db:
        given = [locking.redeem(db, "LAST") for _ in "12"]

        assert [True, False] == given
        assert not locking.redeem(db, "NONE")


@pytest.mark.proves("real-dependencies")
def test_whoever_waits_in_vain_is_told(database: str) -> None:
    """A customer whose partner never reads gets an error, and the use stays."""
    run(database, CODE)
    reads = iter(["SELECT", "UPDATE"])

    def redeem(db: Database, code: str) -> bool:
        if next(reads) == "UPDATE":
            raise LookupError(code)
        db.readers.abort()  # type: ignore[attr-defined] # as after 30 s
        return store_dont.redeem(db, code)  # type: ignore[arg-type]

    outcomes = last_use(on_postgresql(database).connect, redeem)

    assert {"BrokenBarrierError", "LookupError"} == {
        type(each).__name__ for each in outcomes
    }
    assert 0 == ask(database, USED)


def fail(url: str, connections: ExitStack) -> None:
    """Leave rows and a connection behind, and fail."""
    run(url, CODE)
    connections.enter_context(closing(psycopg.connect(url)))
    raise LookupError(url)


@pytest.mark.proves("real-dependencies")
def test_a_database_goes_whatever_happens_in_it(server: str, prepared: str) -> None:
    """A copy has the tables, and goes though a test fails and leaves a connection."""
    databases = "SELECT count(*) FROM pg_database"
    before = ask(server, databases)
    with (
        ExitStack() as connections,
        pytest.raises(LookupError),
        new_database(server, name(prepared)) as url,
    ):
        fail(url, connections)

    assert before == ask(server, databases)
    assert 0 == ask(prepared, "SELECT count(*) FROM codes")


@pytest.mark.proves("real-dependencies")
def test_nobody_may_be_connected_to_a_template(server: str, prepared: str) -> None:
    """A database that somebody is connected to is not copied."""
    with (
        psycopg.connect(prepared),
        pytest.raises(psycopg.errors.ObjectInUse),
        new_database(server, name(prepared)),
    ):
        pass


def commit_is_checked(url: str, connection: psycopg.Connection[Any] | None) -> bool:
    """Say whether a fault that shows at COMMIT is seen."""
    wrong = "INSERT INTO uses VALUES ('NONE')"
    try:
        if connection:
            with connection.transaction():
                connection.execute(wrong)
        else:
            run(url, wrong)
    except psycopg.errors.ForeignKeyViolation:
        return True
    return False


def ways(server: str, prepared: str) -> dict[str, Callable[[], Any]]:
    """Give the ways to keep tests apart."""
    return {
        "transaction": lambda: isolation.transaction(prepared),
        "schema": lambda: isolation.schema(prepared, (SCHEMA + USES).encode()),
        "database": lambda: new_database(server, name(prepared)),
    }


def seconds(way: Callable[[], Any]) -> float:
    """Measure how long an empty test takes in the middle of nine."""
    times = []
    for _ in range(9):
        begun = perf_counter()
        with way():
            pass
        times.append(perf_counter() - begun)
    return median(times)


@pytest.mark.proves("real-dependencies")
def test_what_each_way_keeps_apart(server: str, prepared: str, output: Output) -> None:
    """The cheaper the way to keep tests apart, the less can be tested in it."""
    took = {what: seconds(way) for what, way in ways(server, prepared).items()}
    with isolation.transaction(prepared) as connection:
        connection.execute(CODE)
        alone = ask(prepared, "SELECT count(*) FROM codes") == 0
        transaction = [not alone, commit_is_checked(prepared, connection), alone]
    run(prepared, CODE)  # a neighbour's
    schemas = isolation.schema(prepared, (SCHEMA + USES).encode())
    with schemas as url, psycopg.connect(url, autocommit=True) as connection:
        assert 0 == ask(url, "SELECT count(*) FROM codes")
        connection.execute(CODE)
        seen = ask(url, "SELECT count(*) FROM codes") == 1
        mixed = ask(url, "SELECT count(*) FROM public.codes") == 1
        schema = [seen, commit_is_checked(url, None), not mixed]
    run(prepared, "TRUNCATE codes CASCADE")
    with new_database(server, name(prepared)) as url:
        run(url, CODE)
        run(prepared, CODE.replace("LAST", "NEIGHBOUR"))
        seen = ask(url, "SELECT count(*) FROM codes") == 1
        apart = ask(url, "SELECT count(*) FROM public.codes") == 1
        database = [seen, commit_is_checked(url, None), apart]
    run(prepared, "TRUNCATE codes CASCADE")
    schemas_left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'test%'"

    assert [False, False, True] == transaction
    assert [True, True, False] == schema
    assert [True, True, True] == database
    assert 0 == ask(prepared, schemas_left)
    assert 0 == ask(prepared, "SELECT count(*) FROM codes")
    assert 2 * took["transaction"] < min(took["schema"], took["database"])
    found = {"transaction": transaction, "schema": schema, "database": database}
    lines = [f"{'':<14}{'connections':<14}{'at COMMIT':<12}{'public.':<10}a test"]
    for what, (many, checked, apart) in found.items():
        connections = "any number" if many else "one"
        commit = "checked" if checked else "unchecked"
        neighbours = "apart" if apart else "mixed"
        words = f"{what:<14}{connections:<14}{commit:<12}{neighbours:<10}"
        lines.append(f"{words}≈ {1000 * took[what]:.1f} ms")
    output.check(f"{PAGE}/isolation.out", "\n".join(lines))


@pytest.mark.harm("real-dependencies")
def test_sqlite_refuses_at_once(tmp_path: Path) -> None:
    """The connection would wait 30 s for a lock, and the error comes long before."""
    shop = on_sqlite(tmp_path, "BEGIN")
    with shop.connect() as db:
        [(limit,)] = db.execute("PRAGMA busy_timeout")
    begun = perf_counter()
    outcome = shop.sell(store_dont.redeem, 2)

    assert 30_000 == limit
    assert "1 given, 1 error" == outcome
    assert perf_counter() - begun < 25


def test_a_transaction_takes_back_what_was_done(prepared: str) -> None:
    """After the test the rows are gone."""
    with isolation.transaction(prepared) as connection:
        connection.execute(CODE)

    assert 0 == ask(prepared, "SELECT count(*) FROM codes")
