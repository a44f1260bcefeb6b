"""Real processes migrate a real PostgreSQL, one after the other and at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml

from snippets.twelve_factor.admin_processes import migrate
from tests.services import ROOT
from tests.twelve_factor.children import Child
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handbook.outputs import Output

PAGE = "snippets.twelve_factor.admin_processes"


@pytest.fixture
def orders(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection]:
    """Name the database to every process, and connect to it."""
    monkeypatch.setenv("DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def names(connection: psycopg.Connection, query: str) -> list[str]:
    """List the first column of what a query finds."""
    return [str(row[0]) for row in connection.execute(query.encode())]


def tables(connection: psycopg.Connection) -> list[str]:
    """List the tables that there are."""
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    return names(connection, query)


def applied(connection: psycopg.Connection) -> list[str]:
    """List the migrations that were applied, in the order in which they were."""
    return names(connection, "SELECT name FROM migrations ORDER BY applied")


def wait_for_locks(connection: psycopg.Connection, count: int) -> None:
    """Wait until so many others wait for a lock."""
    query = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    wait_until(lambda: len(names(connection, query)) == count)


@pytest.mark.proves("admin-processes")
def test_a_process_migrates_and_ends(
    orders: psycopg.Connection, output: Output
) -> None:
    """A process of its own applies what is new, and exits with 0; again, nothing."""
    file = (
        ROOT / "snippets" / "twelve_factor/admin_processes/migrations/0001_orders.sql"
    )
    assert [file] == sorted(migrate.MIGRATIONS.iterdir())
    rows = []
    for told in ("first", "again"):
        with Child(f"{PAGE}.migrate") as process:
            code, text = process.end()
        assert 0 == code
        rows.append(f"{told}: {text.strip() or 'nothing to do'}, exit code {code}")

    assert ["0001_orders.sql"] == applied(orders)
    assert ["migrations", "orders"] == tables(orders)
    output.check("twelve_factor/admin_processes/migrate.out", "\n".join(rows))


@pytest.mark.proves("admin-processes")
def test_two_at_once_take_turns(orders: psycopg.Connection) -> None:
    """Two processes that migrate at once both succeed, and each file is applied once."""
    orders.execute("SELECT pg_advisory_lock(%s)", [migrate.LOCK])
    with Child(f"{PAGE}.migrate") as one, Child(f"{PAGE}.migrate") as other:
        wait_for_locks(orders, 2)
        assert [] == tables(orders)
        orders.execute("SELECT pg_advisory_unlock(%s)", [migrate.LOCK])
        ends = sorted([one.end(), other.end()])

    assert [(0, ""), (0, "applied 0001_orders.sql\n")] == ends
    assert ["0001_orders.sql"] == applied(orders)


def write(folder: Path, **files: str) -> Path:
    """Write migrations."""
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text)
    return folder


@pytest.mark.proves("admin-processes")
def test_migrations_run_in_order(
    orders: psycopg.Connection, database: str, tmp_path: Path
) -> None:
    """A file may build on the one before it, and a later release only adds to them."""
    add = "ALTER TABLE t ADD COLUMN b int; ALTER TABLE t ADD COLUMN c int"
    write(tmp_path, n0002=add, n0001="CREATE TABLE t (a int)")
    migrate.migrate(database, tmp_path)
    write(tmp_path, n0003="ALTER TABLE t DROP COLUMN a")
    migrate.migrate(database, tmp_path)

    assert ["n0001.sql", "n0002.sql", "n0003.sql"] == applied(orders)
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = 't'"
    assert {"b", "c"} == {*names(orders, query)}


@pytest.mark.proves("admin-processes")
def test_it_gives_up_a_table_that_is_in_use(
    orders: psycopg.Connection,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Behind a long transaction it fails, rather than hold up whoever comes later."""
    monkeypatch.setattr(migrate, "PATIENCE", "50ms")
    write(tmp_path, n0001="CREATE TABLE t ()")
    migrate.migrate(database, tmp_path)
    write(tmp_path, n0002="ALTER TABLE t ADD COLUMN u int")
    with orders.transaction():
        orders.execute("SELECT FROM t")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate.migrate(database, tmp_path)

    assert ["n0001.sql"] == applied(orders)


@pytest.mark.proves("admin-processes")
def test_a_bad_migration_leaves_nothing(
    orders: psycopg.Connection, database: str, tmp_path: Path
) -> None:
    """A migration that fails is undone, and the next run begins with it again."""
    write(tmp_path, n0001="CREATE TABLE t ()", n0002="CREATE TABLE u (); oops")
    for _ in "ab":
        with pytest.raises(psycopg.errors.SyntaxError):
            migrate.migrate(database, tmp_path)
        assert ["migrations", "t"] == tables(orders)
        assert ["n0001.sql"] == applied(orders)

    write(tmp_path, n0002="CREATE TABLE u ()")
    migrate.migrate(database, tmp_path)
    assert ["migrations", "t", "u"] == tables(orders)


@pytest.mark.proves("admin-processes")
def test_a_migration_and_its_entry_go_together(
    orders: psycopg.Connection, database: str, tmp_path: Path
) -> None:
    """A migration whose entry cannot be written is undone as well."""
    write(
        tmp_path, n0001="CREATE TABLE t (); INSERT INTO migrations VALUES ('n0001.sql')"
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        migrate.migrate(database, tmp_path)

    assert ["migrations"] == tables(orders)
    assert [] == applied(orders)


@pytest.mark.proves("admin-processes")
def test_a_failure_is_an_exit_code(orders: psycopg.Connection) -> None:
    """The process that cannot migrate exits with 1, so that the release stops."""
    orders.execute("CREATE TABLE orders ()")
    with Child(f"{PAGE}.migrate") as process:
        code, text = process.end()

    assert 1 == code
    assert 'relation "orders" already exists' in text
    assert [] == applied(orders)


@pytest.mark.proves("admin-processes")
def test_a_migration_runs_in_the_release_that_it_belongs_to() -> None:
    """The job has the service's image and configuration, a name and a user of its own."""
    file = ROOT / "snippets" / "twelve_factor/admin_processes/release.yaml"
    job, web = yaml.safe_load_all(file.read_bytes())
    one, other = container(job), container(web)

    assert one["image"] == other["image"]
    assert re.fullmatch(r".+@sha256:[0-9a-f]{64}", one["image"])
    digest = one["image"].partition("@sha256:")[2]
    assert f"shop-migrate-{digest[:8]}" == job["metadata"]["name"]
    secrets = [
        [each["secretRef"]["name"] for each in of["envFrom"]] for of in (one, other)
    ]
    assert [["shop", "shop-migrate"], ["shop"]] == secrets
    assert one["command"] != other["command"]
    assert 0 == job["spec"]["backoffLimit"]
    assert "Never" == job["spec"]["template"]["spec"]["restartPolicy"]


def container(document: dict[str, Any]) -> dict[str, Any]:
    """Give the one container of what is deployed."""
    (found,) = document["spec"]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.harm("admin-processes")
def test_two_replicas_that_migrate_collide(
    database: str, orders: psycopg.Connection, output: Output
) -> None:
    """Two replicas that migrate as they start collide, and one does not start."""
    module = f"{PAGE}.service_dont"
    with psycopg.connect(database) as earlier:
        earlier.execute("CREATE TABLE orders ()")  # they see none, and wait for it
        with Child(module, PORT="0") as one, Child(module, PORT="0") as other:
            wait_for_locks(orders, 2)
            earlier.rollback()
            wait_until(lambda: "orders" in tables(orders))
            wait_for_locks(orders, 0)
            for process in (one, other):
                process.process.terminate()
            told = "".join(process.end()[1] for process in (one, other))

    assert 1 == told.count("Application startup complete")
    assert 1 == told.count("Application startup failed")
    (error,) = re.findall(r"psycopg\.errors\.\w+: .*(?:\nDETAIL: .*)?", told)
    output.check("twelve_factor/admin_processes/service_dont.out", error)
