"""The same statements, on the laptop's database and on production's."""

from __future__ import annotations

import select
import socket
import socketserver
import sqlite3
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import psycopg
import pytest

from snippets.twelve_factor.dev_prod_parity.development import postgres
from snippets.twelve_factor.dev_prod_parity.sqlite_dont import connect
from snippets.twelve_factor.dev_prod_parity.versions import drift

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS = Path(__file__).parents[2] / "snippets"
SCHEMA = (SNIPPETS / "twelve_factor/dev_prod_parity/orders.sql").read_text("utf-8")
ITEM = "INSERT INTO items VALUES ({}, {}, {}, {})"
STATEMENTS = {
    "quantity 'abc'": ITEM.format(1, "'A-1'", "'abc'", "'2026-11-23'"),
    "quantity 3000000000": ITEM.format(1, "'A-1'", 3_000_000_000, "'2026-11-23'"),
    "a SKU of nine letters": ITEM.format(1, "'A-1234567'", 1, "'2026-11-23'"),
    "on 30 February": ITEM.format(1, "'A-1'", 1, "'2026-02-30'"),
    "of an order that is not": ITEM.format(9, "'A-1'", 1, "'2026-11-23'"),
    "'Ada' LIKE 'ada'": "SELECT CASE WHEN 'Ada' LIKE 'ada' THEN 'yes' ELSE 'no' END",
    "1 / 0": "SELECT 1 / 0",
}


def outcome(connection: sqlite3.Connection | psycopg.Connection, sql: str) -> str:
    """Say what a database makes of a statement."""
    try:
        done = connection.execute(sql)
    except psycopg.Error as error:
        connection.rollback()
        return f"refused: {type(error).__name__}"
    if done.description is None:
        return "accepted"
    ((answer,),) = done.fetchall()
    return "NULL" if answer is None else str(answer)


@pytest.mark.harm("dev-prod-parity")
def test_sqlite_accepts_what_postgresql_refuses(
    database: str, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """What works on the laptop is refused in production, or answers otherwise."""
    monkeypatch.setenv("DATABASE_URL", database)
    outcomes = []
    for environment in ("development", "production"):
        monkeypatch.setenv("ENVIRONMENT", environment)
        with connect() as connection:
            for statement in SCHEMA.split(";")[:-1]:
                outcome(connection, statement)
            connection.execute("INSERT INTO orders VALUES (1)")
            connection.commit()
            outcomes.append([outcome(connection, sql) for sql in STATEMENTS.values()])
        connection.close()
    laptop, production = outcomes

    assert [*["accepted"] * 5, "yes", "NULL"] == laptop
    assert all(told.startswith("refused") for told in [*production[:5], production[-1]])
    assert "no" == production[5]
    rows = [f"{'':<25}{'SQLite':<10}PostgreSQL"]
    rows += [
        f"{name:<25}{here:<10}{there}"
        for name, here, there in zip(STATEMENTS, laptop, production, strict=True)
    ]
    output.check("twelve_factor/dev_prod_parity/sqlite_dont.out", "\n".join(rows))


def test_the_schema_asks_for_every_column(database: str) -> None:
    """No column of an item may be empty."""
    item = ["1", "'A-1'", "1", "'2026-11-23'"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        connection.execute("INSERT INTO orders VALUES (1)")
        assert "accepted" == outcome(connection, ITEM.format(*item))
        for at in range(4):
            row = [*item[:at], "NULL", *item[at + 1 :]]
            assert "refused: NotNullViolation" == outcome(connection, ITEM.format(*row))


def test_strict_tables_need_another_schema() -> None:
    """STRICT refuses 'abc', and the types of the schema with it."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE items (quantity INTEGER) STRICT")
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value"):
        connection.execute("INSERT INTO items VALUES ('abc')")
    for name in ("VARCHAR(8)", "DATE"):
        with pytest.raises(sqlite3.OperationalError, match="unknown datatype"):
            connection.execute(f"CREATE TABLE other (value {name}) STRICT")
    connection.close()


@pytest.mark.proves("dev-prod-parity")
def test_a_laptop_runs_what_production_runs() -> None:
    """A real PostgreSQL starts in a folder of its own, and 'abc' is refused there too."""
    with postgres() as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE items (quantity INTEGER)")
        told = outcome(connection, "INSERT INTO items VALUES ('abc')")

    assert "refused: InvalidTextRepresentation" == told


@pytest.mark.proves("dev-prod-parity")
def test_the_server_goes_with_its_folder() -> None:
    """When it is done the server ends, and hangs up on whoever is still there."""
    with postgres() as url:
        connection = psycopg.connect(url, autocommit=True)

    with pytest.raises(psycopg.OperationalError, match=r"terminating|closed"):
        connection.execute("SELECT 1")
    connection.close()


@pytest.mark.proves("dev-prod-parity")
def test_drift_is_told(database: str, redis_url: str, output: Output) -> None:
    """A deploy whose services are of another version says which, and how."""
    told = [*drift(database, redis_url, {"PostgreSQL": 16, "Valkey": 7})]

    assert [] == [*drift(database, redis_url)]
    assert ["PostgreSQL", "Valkey"] == [line.split()[0] for line in told]
    output.check("twelve_factor/dev_prod_parity/drift.out", "\n".join(told))


class Renamed(socketserver.BaseRequestHandler):
    """Pass everything on, and hide that it is Valkey: no package gives us a Redis."""

    valkey: ClassVar[tuple[str, int]]

    def handle(self) -> None:
        """Go on until the client hangs up."""
        with socket.create_connection(self.valkey) as valkey:
            while True:
                for ready in select.select([self.request, valkey], [], [])[0]:
                    if not (said := ready.recv(65_536)):
                        return
                    if ready is valkey:
                        said = said.replace(b"valkey_version", b"hidden_version")
                    (self.request if ready is valkey else valkey).sendall(said)


@pytest.mark.proves("dev-prod-parity")
def test_a_redis_in_place_of_valkey_is_told(database: str, redis_url: str) -> None:
    """A service that tells no `valkey_version`, as Redis does not, is told as drift."""
    place = urlsplit(redis_url)
    Renamed.valkey = (place.hostname or "127.0.0.1", place.port or 0)
    with socketserver.TCPServer(("127.0.0.1", 0), Renamed) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        told = [*drift(database, f"redis://127.0.0.1:{server.server_address[1]}")]
        thread.join()

    assert ["Valkey is 0 here, 9 elsewhere"] == told
