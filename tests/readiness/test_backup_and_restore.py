"""Real servers: dumped, copied, damaged, and brought back."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snippets.readiness.backup_and_restore.backup import back_up
from snippets.readiness.backup_and_restore.drill import drill
from snippets.readiness.backup_and_restore.point_in_time import ARCHIVING, prepare
from tests.databases import new_database
from tests.readiness import clusters
from tests.site.tools import ROOT, postgres
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handbook.outputs import Output

PAGE = "readiness/backup_and_restore"
ORDERS = 1000
LIMIT = "-c statement_timeout=20s"
SHOP = """
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item text NOT NULL, placed_at timestamptz NOT NULL
);
CREATE TABLE payments (
    order_id bigint PRIMARY KEY REFERENCES orders, cents int CHECK (cents > 0)
);
CREATE INDEX orders_placed_at ON orders (placed_at);
INSERT INTO orders (item, placed_at)
    SELECT 'book ' || n, now() - interval '11 hours' - n * interval '1 minute'
    FROM generate_series(0, 999) n;
INSERT INTO payments SELECT id, 1999 FROM orders;
"""
ORDER = "INSERT INTO orders (item, placed_at) VALUES ('late', now() - interval '11 h')"
NEWEST = "SELECT max(placed_at) FROM orders"
COUNT = "SELECT count(*) FROM orders"
DROPPING = """
SELECT EXISTS (SELECT FROM pg_locks
    WHERE relation = 'orders'::regclass AND mode = 'AccessExclusiveLock')
"""
NOW = "SELECT clock_timestamp()"
KEYS = """
SELECT count(*) FROM pg_constraint WHERE contype <> 'n' AND conrelid IN (
    SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
ARCHIVED = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"


class Primary(NamedTuple):
    """A server that archives its WAL.

    Attributes:
        url: Of its database `postgres`.
        folder: Where copies may be made.
        archive: Where its WAL goes.
    """

    url: str
    folder: Path
    archive: Path


@pytest.fixture(scope="module")
def primary() -> Iterator[Primary]:
    """Start a server with the settings that the page shows."""
    with clusters.folder() as folder:
        archive, data = folder / "archive", folder / "primary"
        archive.mkdir()
        clusters.give(archive)
        clusters.create(data, ARCHIVING.format(archive=archive))
        with clusters.started(data) as url:
            yield Primary(url, folder, archive)


@pytest.fixture
def shop(primary: Primary) -> str:
    """Make a shop on that server, and give its URL."""
    name = f"shop_{uuid4().hex}"
    execute(primary.url, f"CREATE DATABASE {name}")
    url = make_conninfo(primary.url, dbname=name)
    execute(url, SHOP)
    return url


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the programs that belong to the servers first."""
    monkeypatch.setenv("PATH", str(clusters.programs()), prepend=":")


def execute(url: str, statements: str, lock_timeout: str = "20s") -> None:
    """Run statements."""
    options = f"{LIMIT} -c lock_timeout={lock_timeout}"
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        connection.execute(statements.encode())


def ask(url: str, query: str) -> object:
    """Ask for one value."""
    with psycopg.connect(url, options=LIMIT) as connection:
        [(value,)] = connection.execute(query.encode())
    return value


def elsewhere() -> str:
    """Give the URL of another server."""
    return str(postgres().get_uri("postgres"))


@pytest.mark.proves("restore-drill")
def test_a_backup_under_load_comes_back_whole(
    shop: str, tmp_path: Path, output: Output
) -> None:
    """A dump taken while orders are placed equals the inventory of the same moment."""
    stop = Event()

    def place() -> None:
        with psycopg.connect(shop, autocommit=True) as connection:
            while not stop.is_set():
                connection.execute(ORDER)

    writer = Thread(target=place)
    writer.start()
    try:
        wait_until(lambda: ask(shop, COUNT) != ORDERS)
        before = ask(shop, COUNT)
        back_up(shop, tmp_path)
        wait_until(lambda: ask(shop, COUNT) != before)
    finally:
        stop.set()
        writer.join(timeout=10)
    drilled = drill(tmp_path, elsewhere(), NEWEST)

    assert [] == drilled.differences
    assert 0 < drilled.rto < 60
    assert 11 * 3600 <= drilled.rpo < 11 * 3600 + 300
    lines = [
        f"{drilled.objects} objects compared, {len(drilled.differences)} differ",
        f"RTO, measured    ≈ {drilled.rto:.2f} s",
        f"RPO, measured    ≈ {drilled.rpo / 3600:.1f} h",
    ]
    output.check(f"{PAGE}/drill.out", "\n".join(lines))


DAMAGE = {
    "table orders": "INSERT INTO orders (item, placed_at) VALUES ('new', now())",
    "table payments": "UPDATE payments SET cents = 1 WHERE order_id = 500",
    "constraint payments.payments_order_id_fkey": (
        "ALTER TABLE payments DROP CONSTRAINT payments_order_id_fkey"
    ),
    "constraint payments.payments_cents_check": (
        "ALTER TABLE payments DROP CONSTRAINT payments_cents_check,"
        " ADD CONSTRAINT payments_cents_check CHECK (cents > -1)"
    ),
    "index orders_placed_at": "DROP INDEX orders_placed_at",
    "index payments_pkey": "ALTER INDEX payments_pkey SET (fillfactor = 50)",
    "sequence orders_id_seq": "ALTER TABLE orders ALTER id RESTART WITH 1001",
}


@pytest.mark.proves("restore-drill")
def test_a_drill_finds_what_is_missing(shop: str, tmp_path: Path) -> None:
    """One row, one changed value, a constraint, an index, a sequence: each is found."""
    back_up(shop, tmp_path)
    for damage in DAMAGE.values():
        execute(shop, damage)
    dump = f"--file={tmp_path / 'dump'}"
    subprocess.run(["pg_dump", "--format=custom", dump, shop], check=True, timeout=60)

    found = drill(tmp_path, elsewhere(), NEWEST).differences

    assert sorted(DAMAGE) == [line.partition(":")[0] for line in found]
    assert "sequence orders_id_seq: free, restored taken" in found


@pytest.mark.proves("restore-drill")
def test_the_same_rows_are_equal_in_every_time_zone(shop: str, tmp_path: Path) -> None:
    """A server with another time zone holds the same rows, and nothing differs."""
    name = conninfo_to_dict(shop)["dbname"]
    execute(shop, f"ALTER DATABASE {name} SET timezone TO 'Asia/Tokyo'")
    back_up(shop, tmp_path)
    execute(elsewhere(), "ALTER ROLE CURRENT_USER SET timezone TO 'America/Lima'")
    try:
        assert [] == drill(tmp_path, elsewhere(), NEWEST).differences
    finally:
        execute(elsewhere(), "ALTER ROLE CURRENT_USER RESET timezone")


@pytest.mark.proves("restore-drill")
def test_what_nobody_expected_is_a_difference(shop: str, tmp_path: Path) -> None:
    """What the restore has and the inventory has not is told too."""
    back_up(shop, tmp_path)
    inventory = tmp_path / "inventory.json"
    wanted = json.loads(inventory.read_text())
    del wanted["table payments"]
    inventory.write_text(json.dumps(wanted))

    [found] = drill(tmp_path, elsewhere(), NEWEST).differences

    assert found.startswith("table payments: None, restored 1000 rows")


def leftovers() -> object:
    """Count the databases that drills left behind."""
    return ask(
        elsewhere(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'drill%'"
    )


@pytest.mark.proves("restore-drill")
def test_a_drill_fails_where_a_role_is_missing(shop: str, tmp_path: Path) -> None:
    """A dump holds no roles: on a new server the restore stops at the first grant."""
    execute(shop, "CREATE ROLE reporting; GRANT SELECT ON orders TO reporting")
    try:
        back_up(shop, tmp_path)
        with pytest.raises(subprocess.CalledProcessError):
            drill(tmp_path, elsewhere(), NEWEST)
    finally:
        execute(shop, "DROP OWNED BY reporting; DROP ROLE reporting")

    assert 0 == leftovers()


@pytest.mark.proves("restore-drill")
def test_half_a_dump_is_found(shop: str, tmp_path: Path) -> None:
    """A dump that was cut off is refused, and one that failed leaves no inventory."""
    back_up(shop, tmp_path)
    dump = tmp_path / "dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    with pytest.raises(subprocess.CalledProcessError):
        drill(tmp_path, elsewhere(), NEWEST)

    (tmp_path / "failed").mkdir()
    execute(shop, "ALTER TABLE payments ENABLE ROW LEVEL SECURITY")
    with pytest.raises(subprocess.CalledProcessError), reader(shop) as url:
        back_up(url, tmp_path / "failed")
    assert not (tmp_path / "failed" / "inventory.json").exists()


@pytest.mark.proves("restore-drill")
def test_the_time_includes_statistics(shop: str, tmp_path: Path) -> None:
    """The restored tables are analysed before the clock stops, and then dropped."""
    back_up(shop, tmp_path)
    analysed = """
        SELECT max(placed_at) FROM orders
        WHERE EXISTS (SELECT FROM pg_stats WHERE tablename = 'orders')
    """

    assert [] == drill(tmp_path, elsewhere(), analysed).differences
    assert 0 == leftovers()


@contextmanager
def reader(url: str) -> Iterator[str]:
    """Make a role that may read everything, as backups often have it."""
    role = f"backup_{uuid4().hex}"
    execute(url, f"CREATE ROLE {role} LOGIN IN ROLE pg_read_all_data")
    yield make_conninfo(url, user=role)
    execute(url, f"DROP ROLE {role}")


@pytest.mark.harm("restore-drill")
def test_half_a_dump_looks_like_a_backup(
    shop: str, tmp_path: Path, output: Output
) -> None:
    """pg_dump fails, the script says fine, and the restore succeeds without payments."""
    script = ROOT / "snippets" / "readiness/backup_and_restore/dump_dont.sh"
    execute(shop, "ALTER TABLE payments ENABLE ROW LEVEL SECURITY")
    file = tmp_path / "shop.sql.gz"
    with reader(shop) as url:
        made = sh(script.read_text(), str(file), DATABASE_URL=url)
    tested = sh('gunzip --test "$1"', str(file))
    with new_database() as url:
        restored = sh('gunzip --stdout "$1" | psql --quiet "$2"', str(file), url)
        orders, payments = ask(url, COUNT), ask(url, "SELECT count(*) FROM payments")
        keys = ask(url, KEYS)

    whole = ask(shop, KEYS)
    assert [0, 0, 0] == [run.returncode for run in (made, tested, restored)]
    assert "backup: fine\n" == made.stdout
    assert "" == restored.stderr
    assert [ORDERS, 0] == [orders, payments]
    assert [1, 4] == [keys, whole]
    [error] = made.stderr.splitlines()[:1]
    size = file.stat().st_size
    lines = [
        "$ dump_dont.sh shop.sql.gz",
        *textwrap.wrap(error, 60, subsequent_indent="  "),
        "backup: fine",
        "",
        f"size            ≈ {size} bytes",
        f"gunzip --test   exit status {tested.returncode}",
        f"psql            exit status {restored.returncode}",
        f"orders          {orders} of {ORDERS} rows",
        f"payments        {payments} of {ORDERS} rows",
        f"constraints     {keys} of {whole}",
    ]
    output.check(f"{PAGE}/dump_dont.out", "\n".join(lines))


def sh(
    script: str, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a script."""
    return subprocess.run(
        ["sh", "-s", "--", *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "LC_ALL": "C", **settings},
        input=script,
        timeout=60,
    )


class Copied(NamedTuple):
    """A base backup of a server, and what happened to the server later."""

    base: Path
    until: str
    orders: int


@pytest.fixture(scope="module", params=[f"{PAGE}/base_backup.sh"])
def copied(primary: Primary, request: pytest.FixtureRequest) -> Copied:
    """Copy a server, place ten orders, and drop the table."""
    script = ROOT / "snippets" / request.param
    base = primary.folder / "base"
    execute(primary.url, SHOP)
    clusters.run(
        *("sh", "-s", "--", base), text=script.read_text(), PGHOST=host(primary.url),
        PGUSER="postgres",
    )  # fmt: skip
    for _ in range(10):
        execute(primary.url, ORDER)
    orders, until = ask(primary.url, COUNT), ask(primary.url, NOW)
    execute(primary.url, "DROP TABLE orders CASCADE")
    last = ask(primary.url, "SELECT pg_walfile_name(pg_switch_wal())")
    with psycopg.connect(primary.url, autocommit=True) as connection:
        wait_until(lambda: connection.execute(ARCHIVED, [last]).fetchone() == (True,))
    assert isinstance(orders, int)
    return Copied(base, str(until), orders)


def host(url: str) -> str:
    """Give the folder of a server's socket."""
    return str(conninfo_to_dict(url)["host"])


@pytest.mark.proves("point-in-time")
def test_a_dropped_table_is_back(
    primary: Primary, copied: Copied, output: Output
) -> None:
    """The server goes back to just before the DROP, and takes orders again."""
    data = primary.folder / "restored"
    begun = monotonic()
    prepare(copied.base, primary.archive, data, copied.until)
    clusters.give(data)
    with clusters.started(data) as url:
        wait_until(lambda: ask(url, "SELECT NOT pg_is_in_recovery()"))
        found, took = ask(url, COUNT), monotonic() - begun
        execute(url, ORDER)
        mode = ask(url, "SHOW archive_mode")

    assert ORDERS + 10 == copied.orders == found
    assert "off" == mode
    assert took < 60
    lines = [
        f"in the base backup         {ORDERS} orders",
        f"placed after it              {copied.orders - ORDERS}",
        "then                       DROP TABLE orders CASCADE",
        f"restored to just before    {found} orders, ≈ {took:.1f} s",
    ]
    output.check(f"{PAGE}/point_in_time.out", "\n".join(lines))


@pytest.mark.proves("point-in-time")
def test_a_paused_recovery_holds_the_lock_of_the_drop(
    primary: Primary, copied: Copied
) -> None:
    """Paused just before the DROP commits, the table cannot be read; resumed, it can."""
    data = primary.folder / "paused"
    prepare(copied.base, primary.archive, data, copied.until)
    settings = data / "postgresql.auto.conf"
    settings.write_text(settings.read_text().replace("= promote", "= pause"))
    clusters.give(data)
    with clusters.started(data) as url:
        wait_until(
            lambda: ask(url, "SELECT pg_get_wal_replay_pause_state()") == "paused"
        )
        wait_until(lambda: ask(url, DROPPING))
        with pytest.raises(psycopg.errors.LockNotAvailable):
            execute(url, "SELECT FROM orders", lock_timeout="100ms")
        execute(url, "SELECT pg_wal_replay_resume()")
        wait_until(lambda: ask(url, "SELECT NOT pg_is_in_recovery()"))
        assert copied.orders == ask(url, COUNT)


@pytest.mark.proves("point-in-time")
def test_wal_that_is_not_archived_is_not_there(
    primary: Primary, copied: Copied
) -> None:
    """A moment that the archive does not reach is refused, and not passed over."""
    data = primary.folder / "too-far"
    prepare(copied.base, primary.archive, data, "2999-01-01 00:00:00+00")
    clusters.give(data)
    log = data.with_suffix(".log")
    told = "recovery ended before configured recovery target was reached"
    with suppress(subprocess.CalledProcessError), clusters.started(data):
        wait_until(lambda: told in log.read_text())

    assert told in log.read_text()
    assert "database system is shut down" in log.read_text()


def test_a_quiet_server_archives_each_minute(primary: Primary) -> None:
    """A commit waits for a full segment of 16 MB or for the timeout, which is a minute."""
    assert "1min" == ask(primary.url, "SHOW archive_timeout")
    assert "16MB" == ask(primary.url, "SHOW wal_segment_size")


def test_the_archive_is_not_written_over(primary: Primary, tmp_path: Path) -> None:
    """A segment that the archive has already is refused, and stays as it was."""
    kept, other = primary.archive / "kept", tmp_path / "other"
    kept.write_text("kept")
    other.write_text("other")
    command = str(ask(primary.url, "SHOW archive_command"))

    assert sh(command.replace("%f", "kept").replace("%p", str(other))).returncode > 0
    assert "kept" == kept.read_text()


@pytest.mark.harm("point-in-time")
def test_the_replica_deletes_too(primary: Primary, shop: str, output: Output) -> None:
    """What is deleted on the server is deleted on its replica, at once."""
    script = ROOT / "snippets" / "readiness/backup_and_restore/standby_dont.sh"
    data = primary.folder / "replica"
    clusters.run(
        *("sh", "-s", "--", data), text=script.read_text(), PGHOST=host(primary.url),
        PGUSER="postgres",
    )  # fmt: skip
    with clusters.started(data) as url:
        name = conninfo_to_dict(shop)["dbname"]
        replica = make_conninfo(url, dbname=name)
        before = ask(replica, COUNT)
        with psycopg.connect(replica, autocommit=True) as connection:
            execute(shop, "TRUNCATE orders CASCADE")
            begun = monotonic()
            wait_until(lambda: connection.execute(COUNT).fetchone() == (0,))
            took = monotonic() - begun

    assert ORDERS == before
    lines = [
        f"replica    {before} orders",
        "primary    TRUNCATE orders CASCADE",
        f"replica    0 orders, ≈ {took * 1000:.0f} ms later",
    ]
    output.check(f"{PAGE}/standby_dont.out", "\n".join(lines))
