"""Two releases share a real PostgreSQL while its schema changes below them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from snippets.delivery.database_changes import (
    index_dont,
    migrate,
    migrate_dont,
    new,
    old,
    rename_dont,
)
from tests.twelve_factor.children import Child
from tests.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from types import ModuleType

    from handbook.outputs import Output

PAGE = "delivery/database_changes"
ROUNDS = """
CREATE TABLE rounds (
    id bigint GENERATED ALWAYS AS IDENTITY,
    release text, told text, seen timestamptz DEFAULT clock_timestamp()
)
"""
WAITING = """
SELECT application_name, mode,
    (SELECT string_agg(b.application_name, ', ') FROM pg_stat_activity b
     WHERE b.pid = ANY (pg_blocking_pids(l.pid)))
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE datname = current_database() AND NOT granted
ORDER BY waitstart
"""
SCHEMA = """
SELECT 'column', column_name || ' ' || is_nullable || ' ' || data_type
    FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'constraint', pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
"""
LIMITS = """
CREATE TABLE limits (told text);
CREATE FUNCTION tell_limit() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO limits VALUES (current_setting('lock_timeout')); END $$;
CREATE EVENT TRIGGER tell_limit ON ddl_command_start EXECUTE FUNCTION tell_limit()
"""
STATEMENTS = {  # what each is called on the page, and what stood before it
    "ADD COLUMN … DEFAULT 0": "ALTER TABLE users ADD visits int DEFAULT 0",
    "ADD COLUMN … DEFAULT gen_random_uuid()": (
        "ALTER TABLE users ADD token uuid DEFAULT gen_random_uuid()"
    ),
    "ALTER … SET NOT NULL": "ALTER TABLE users ALTER full_name SET NOT NULL",
    "ADD CONSTRAINT … CHECK … NOT VALID": (
        "ALTER TABLE users ADD CONSTRAINT filled"
        " CHECK (full_name IS NOT NULL) NOT VALID"
    ),
    "VALIDATE CONSTRAINT": "ALTER TABLE users VALIDATE CONSTRAINT filled",
    "ALTER … SET NOT NULL, after that": (
        "ALTER TABLE users ALTER full_name SET NOT NULL"
    ),
    "CREATE INDEX": "CREATE INDEX of_names ON users (name)",
    "CREATE INDEX CONCURRENTLY": "CREATE INDEX CONCURRENTLY of_names ON users (name)",
}
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_full_name'::regclass"
WORK = {"rewriting": "rewritten", "verifying": "read", "building": "read"}


class Database:
    """A database whose schema changes, and a hand on it."""

    def __init__(self, url: str) -> None:
        self.plain = url
        self.url = url.replace("postgresql:", "postgresql+psycopg:", 1)
        self._hand = self.connect("hand")

    def connect(self, name: str) -> psycopg.Connection[Any]:
        """Connect under a name by which locks are told."""
        info = make_conninfo(self.plain, application_name=name)
        return psycopg.connect(info, autocommit=True)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask for rows."""
        return self._hand.execute(query.encode()).fetchall()

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._hand.execute(statement.encode())

    def down(self, revision: str) -> None:
        """Downgrade."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(migrate.MIGRATIONS))
            command.downgrade(config, revision)
        engine.dispose()

    def schema(self) -> set[tuple[Any, ...]]:
        """Give all that there is, but the order of columns."""
        return {row for row in self.ask(SCHEMA) if "alembic" not in row[1]}

    def waiting(self) -> list[tuple[str, str, str]]:
        """Give who waits, for what mode, and behind whom."""
        return [(who, mode, behind) for who, mode, behind in self.ask(WAITING)]

    def close(self) -> None:
        """Let go."""
        self._hand.close()


@pytest.fixture
def users(database: str) -> Iterator[Database]:
    """Make the table as it was at first."""
    made = Database(database)
    [(name,)] = made.ask("SELECT current_database()")
    made.run(f"ALTER DATABASE {name} SET statement_timeout = '{PATIENCE}s'")
    migrate.migrate(made.url, "users")
    yield made
    made.close()


@contextmanager
def operations(users: Database, module: ModuleType) -> Iterator[None]:
    """Run a migration, and keep its transaction open."""
    engine = create_engine(users.url, connect_args={"application_name": "migration"})
    with engine.connect() as connection, connection.begin():
        with Operations.context(MigrationContext.configure(connection)):
            module.upgrade()
        yield
    engine.dispose()


def rounds(users: Database, releases: tuple[str, ...]) -> dict[str, str]:
    """Wait until each release has done some rounds from now on; give how they went."""
    [(last,)] = users.ask("SELECT coalesce(max(id), 0) FROM rounds")
    query = "SELECT release, told FROM rounds WHERE id > {} AND release = '{}'"
    found: dict[str, str] = {}
    for release in releases:
        asked = query.format(last, release)
        wait_until(lambda asked=asked: len(users.ask(asked)) > 3)  # type: ignore[misc]
        told = {told for _, told in users.ask(asked)[1:]}
        assert 1 == len(told)
        found[release] = told.pop()
    return found


@contextmanager
def running(users: Database, *releases: str) -> Iterator[None]:
    """Run releases as processes."""
    users.run(ROUNDS)
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                Child(f"tests.delivery.release {release}", DATABASE_URL=users.plain)
            )
            for release in releases
        ]
        yield
        for child in started:
            child.process.terminate()
            assert (0, "") == child.end()


@pytest.mark.proves("expand-contract")
def test_both_releases_serve_while_the_schema_changes(
    users: Database, output: Output
) -> None:
    """From expand to contract old and new serve at once, and no round of theirs fails."""
    both = ("old", "new")
    rows = [f"{'schema':<10}  {'old release':<15}  new release"]
    with running(users, *both):
        for revision in ("users", "expand", "backfill", "index", "contract"):
            migrate.migrate(users.url, revision)
            if revision == "expand":
                rounds(users, both)
                [(first,)] = users.ask("SELECT max(id) FROM rounds")
            if revision == "index":
                assert [(0,)] == users.ask(
                    "SELECT count(*) FROM users WHERE name <> full_name"
                )
                [(last,)] = users.ask("SELECT max(id) FROM rounds")
            told = rounds(users, both)
            rows.append(f"{revision:<10}  {told['old']:<15}  {told['new']}")
    between = f"SELECT told FROM rounds WHERE id BETWEEN {first} AND {last}"  # noqa: S608

    assert {("serves",)} == {*users.ask(between)}
    assert ["serves", "UndefinedColumn"] == rows[1].split()[1:]
    assert ["UndefinedColumn", "serves"] == rows[-1].split()[1:]
    output.check(f"{PAGE}/expand.out", "\n".join(rows))


@pytest.mark.proves("expand-contract")
def test_each_release_reads_what_the_other_wrote(users: Database) -> None:
    """A name that one release gives or changes is the name that the other reads."""
    with users.connect("both") as connection:
        before = old.add(connection, "Ada")
        migrate.migrate(users.url, "expand")
        connection.execute("UPDATE users SET id = DEFAULT")  # no name in it
        [(before,)] = users.ask("SELECT id FROM users")
        assert "Ada" == new.name_of(connection, before)
        ours, theirs = new.add(connection, "Bob"), old.add(connection, "Cyd")
        assert "Bob" == old.name_of(connection, ours)
        assert "Cyd" == new.name_of(connection, theirs)
        old.rename(connection, ours, "Bo")
        new.rename(connection, theirs, "Cy")

        assert "Bo" == new.name_of(connection, ours)
        assert "Cy" == old.name_of(connection, theirs)


@pytest.mark.proves("expand-contract")
def test_up_down_and_up_again(users: Database, output: Output) -> None:
    """Steps up and down keep schema and names; down to nothing and up keeps the schema."""
    steps = ("users", "expand", "backfill", "index", "contract")
    schemas: dict[str, set[tuple[Any, ...]]] = {}
    rows = []
    for way in ("up", "down", "up again"):
        for revision in steps if way != "down" else steps[-2::-1]:
            if way == "down":
                users.down(revision)
            else:
                migrate.migrate(users.url, revision)
            code = old if revision in {"users", "expand"} else new
            with users.connect(revision) as connection:
                user = code.add(connection, f"{way} {revision}")
                assert f"{way} {revision}" == code.name_of(connection, user)
            assert schemas.setdefault(revision, users.schema()) == users.schema()
        [(names,)] = users.ask("SELECT count(*) FROM users")
        rows.append(f"{way:<8}  at {revision:<8}  {names} names")
    kept = [name for (name,) in users.ask("SELECT full_name FROM users ORDER BY id")]

    users.down("base")
    assert [(None,)] == users.ask("SELECT to_regclass('users')")
    rows.append(f"{'down':<8}  at {'base':<8}  no table")
    migrate.migrate(users.url)
    [(left,)] = users.ask("SELECT count(*) FROM users")
    rows.append(f"{'up again':<8}  at {revision:<8}  {left} names")

    assert schemas["contract"] == users.schema()
    assert 0 == left
    assert 14 == len({*kept})
    assert "up users" == kept[0]
    output.check(f"{PAGE}/both_ways.out", "\n".join(rows))


@pytest.mark.proves("expand-contract")
def test_the_backfill_commits_each_batch(
    users: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backfill that cannot go on keeps the batches before, and ends the next time."""
    filled = "SELECT count(*) FROM users WHERE full_name IS NOT NULL"
    users.run("INSERT INTO users (name) SELECT 'Ada' FROM generate_series(1, 2500)")
    users.run("UPDATE users SET name = 'Bob' WHERE id <= 100")  # these lie last now
    migrate.migrate(users.url, "expand")
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "20ms")
    with users.connect("busy") as busy, busy.transaction():
        busy.execute("SELECT FROM users WHERE id = 2200 FOR UPDATE")
        with pytest.raises(OperationalError):
            migrate.migrate(users.url, "backfill", tries=1)
        assert [(2000,)] == users.ask(filled)
    places = "SELECT id, ctid::text FROM users WHERE id <= 2000 ORDER BY id"
    written = users.ask(places)
    migrate.migrate(users.url, "backfill")

    assert [(2500,)] == users.ask(filled)
    assert written == users.ask(places)  # and not once more


@pytest.mark.harm("expand-contract")
def test_a_rename_breaks_the_release_that_runs(users: Database, output: Output) -> None:
    """At no moment of a rename do both releases serve."""
    both = ("old", "new")
    rows = [f"{'schema':<10}  {'old release':<15}  new release"]
    with running(users, *both):
        told = rounds(users, both)
        rows.append(f"{'users':<10}  {told['old']:<15}  {told['new']}")
        with operations(users, rename_dont):
            pass
        told = rounds(users, both)
        rows.append(f"{'renamed':<10}  {told['old']:<15}  {told['new']}")

    assert "serves" != told["old"]
    assert "serves" == told["new"]
    output.check(f"{PAGE}/rename_dont.out", "\n".join(rows))


def shown(waiting: list[tuple[str, str, str]]) -> list[str]:
    """Write who waits behind whom."""
    return [
        f"{who:<9}  waits for {mode:<19}  behind {behind}"
        for who, mode, behind in waiting
    ]


@contextmanager
def queued(users: Database, migrating: ModuleType) -> Iterator[Future[None]]:
    """Let a migration wait behind a report, and a reader come after it."""
    named = f"{users.url}&application_name=migration"
    with (
        users.connect("report") as report,
        users.connect("reader") as reader,
        ThreadPoolExecutor() as threads,
    ):
        with report.transaction():
            report.execute("SELECT count(*) FROM users")
            migration = threads.submit(migrating.migrate, named, "expand")
            wait_until(lambda: users.waiting() or migration.done())
            read = threads.submit(reader.execute, "SELECT FROM users")
            wait_until(lambda: len(users.waiting()) == 2 or read.done())
            yield migration
        read.result(PATIENCE)


@pytest.mark.harm("lock-timeout")
def test_a_migration_that_waits_stops_every_reader(
    users: Database, output: Output
) -> None:
    """Behind a migration that waits for a report, without limit, a reader waits too."""
    users.run(LIMITS)
    with queued(users, migrate_dont) as migration:
        waiting = users.waiting()
        assert ["migration", "reader"] == [who for who, _, _ in waiting]
        assert ["report", "migration"] == [behind for _, _, behind in waiting]
    migration.result(PATIENCE)
    assert {("0",)} == {*users.ask("SELECT told FROM limits")}
    output.check(f"{PAGE}/migrate_dont.out", "\n".join(shown(waiting)))


@pytest.mark.proves("lock-timeout")
def test_a_migration_gives_way(
    users: Database, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """A migration that waits too long is cancelled; the reader is served, and it retries."""
    assert "2s" == migrate.LOCK_TIMEOUT  # shorter here, to save the wait
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "100ms")
    rows: list[str] = []
    pauses = []
    with (
        users.connect("report") as report,
        users.connect("reader") as reader,
        ThreadPoolExecutor() as threads,
    ):
        report.execute("BEGIN; SELECT count(*) FROM users")

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            assert [] == users.waiting()
            reader.execute("SELECT FROM users")
            rows.append("migration  cancelled, and the reader is served")
            if len(pauses) == 2:
                report.execute("COMMIT")

        monkeypatch.setattr(migrate, "time", Sleeping(pause))
        migration = threads.submit(migrate.migrate, users.url, "expand")
        migration.result(PATIENCE)
    rows.append("migration  done, at its third try, after the report")

    assert [10.0, 10.0] == pauses
    assert [("expand",)] == users.ask("SELECT version_num FROM alembic_version")
    output.check(f"{PAGE}/migrate.out", "\n".join(rows))


class Sleeping:
    """A clock whose sleep is a test's."""

    def __init__(self, sleep: Any) -> None:  # noqa: ANN401 # a function
        self.sleep = sleep


@pytest.mark.proves("lock-timeout")
def test_a_busy_table_fails_the_release(
    users: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is busy at every try ends the migration, and leaves nothing of it."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "10ms")
    monkeypatch.setattr(migrate, "PAUSE", 0)
    before = users.schema()
    with users.connect("report") as report, report.transaction():
        report.execute("SELECT count(*) FROM users")
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate.migrate(users.url, "expand", tries=3)

    assert before == users.schema()


@pytest.mark.proves("lock-timeout")
def test_another_failure_is_not_tried_again(
    users: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no lock fails at once."""
    monkeypatch.setattr(migrate, "time", Sleeping(pytest.fail))
    users.run("ALTER TABLE users ADD full_name text")
    with pytest.raises(ProgrammingError):
        migrate.migrate(users.url, "expand")
    limit = "ALTER DATABASE {} SET statement_timeout = 20"
    with users.connect("report") as report, report.transaction():
        report.execute("SELECT count(*) FROM users")
        users.run(limit.format(*users.ask("SELECT current_database()")[0]))
        with pytest.raises(OperationalError, match="statement timeout"):
            migrate.migrate(users.url, "expand")


def tried(users: Database, statement: str) -> tuple[str, str, str]:
    """Say whether a reader and a writer wait for a statement, and what it does."""
    done: list[str] = []
    alone = "CONCURRENTLY" in statement
    with (
        users.connect("ddl") as ddl,
        users.connect("reader") as reader,
        users.connect("writer") as writer,
        users.connect("earlier") as earlier,
        ThreadPoolExecutor() as threads,
    ):
        ddl.add_notice_handler(lambda note: done.append(note.message_primary or ""))
        ddl.execute("SET client_min_messages = debug1")
        if alone:  # it is kept from ending by somebody who wrote before
            earlier.execute("BEGIN; UPDATE users SET name = name WHERE id = 1")
            building = threads.submit(ddl.execute, statement.encode())
            wait_until(users.waiting)
        else:
            ddl.execute(b"BEGIN; " + statement.encode())
        before = len(users.waiting())
        read = threads.submit(reader.execute, "SELECT FROM users")
        wait_until(lambda: len(users.waiting()) > before or read.done())
        reads = "pass" if read.done() else "wait"
        held = len(users.waiting())
        write = threads.submit(writer.execute, "INSERT INTO users (name) VALUES ('')")
        wait_until(lambda: len(users.waiting()) > held or write.done())
        writes = "pass" if write.done() else "wait"
        if alone:
            earlier.execute("COMMIT")
            building.result(PATIENCE)
        else:
            ddl.execute("COMMIT")
        write.result(PATIENCE)
    work = {WORK[word] for note in done if (word := note.split()[0]) in WORK}
    return reads, writes, max(work, default="left alone")  # rewritten is more than read


@pytest.mark.proves("online-ddl")
def test_what_each_statement_makes_wait(users: Database, output: Output) -> None:
    """Of eight statements the table says who waits, as pg_locks has it, and what is read."""
    migrate.migrate(users.url, "backfill")
    users.run("ALTER TABLE users ALTER full_name DROP NOT NULL")
    with users.connect("somebody") as connection:
        old.add(connection, "Ada")
    wide = max(map(len, STATEMENTS))
    found = {}
    for told, statement in STATEMENTS.items():
        found[told] = tried(users, statement)
        if told in {"ALTER … SET NOT NULL", "CREATE INDEX"}:
            users.run("ALTER TABLE users ALTER full_name DROP NOT NULL")
            users.run("DROP INDEX IF EXISTS of_names")
    rows = [f"{'':<{wide}}  reads  writes  the table is"]
    rows += [
        f"{told:<{wide}}  {reads:<5}  {writes:<6}  {work}"
        for told, (reads, writes, work) in found.items()
    ]

    assert ("wait", "wait", "rewritten") == found[
        "ADD COLUMN … DEFAULT gen_random_uuid()"
    ]
    assert ("pass", "wait", "read") == found["CREATE INDEX"]
    assert ("pass", "pass", "read") == found["CREATE INDEX CONCURRENTLY"]
    output.check(f"{PAGE}/statements.out", "\n".join(rows))


@pytest.mark.proves("online-ddl")
def test_the_migrations_keep_no_writer_waiting(
    users: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the migration builds the index, a writer writes, and no limit ends it."""
    migrate.migrate(users.url, "backfill")
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "10ms")
    with (
        users.connect("earlier") as earlier,
        users.connect("writer") as writer,
        ThreadPoolExecutor() as threads,
    ):
        with earlier.transaction():
            earlier.execute("INSERT INTO users (name) VALUES ('Ada')")
            building = threads.submit(migrate.migrate, users.url, "index", tries=1)
            wait_until(users.waiting)
            writer.execute("INSERT INTO users (name) VALUES ('Bob')")
            users.ask("SELECT pg_sleep(0.05)")
            assert not building.done()
        building.result(PATIENCE)

    assert [(True,)] == users.ask(VALID)


@pytest.mark.proves("lock-timeout")
def test_after_the_index_the_limit_counts_again(
    users: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is busy stops the next migration, and the ones before it stay."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "10ms")
    with users.connect("report") as report, ThreadPoolExecutor() as threads:
        migrate.migrate(users.url, "backfill")
        with report.transaction():
            report.execute("SELECT count(*) FROM users")
            ending = threads.submit(migrate.migrate, users.url, tries=1)
            wait_until(ending.done)
            with pytest.raises(OperationalError, match="lock timeout"):
                ending.result(PATIENCE)

    assert [("index",)] == users.ask("SELECT version_num FROM alembic_version")


@pytest.mark.proves("online-ddl")
def test_the_backfill_reads_the_table_under_no_lock_that_stops_writers(
    users: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The backfill's check is what reads the table; SET NOT NULL takes its word."""
    migrate.migrate(users.url, "expand")
    say = "ALTER DATABASE {} SET client_min_messages = debug1"
    users.run(say.format(*users.ask("SELECT current_database()")[0]))
    caplog.set_level("INFO", "sqlalchemy.dialects.postgresql")
    caplog.set_level("INFO", "sqlalchemy.engine")
    migrate.migrate(users.url, "backfill")
    before, _, after = caplog.text.partition("VALIDATE CONSTRAINT filled")

    assert 0 == before.count('verifying table "users"')
    assert 1 == after.count('verifying table "users"')
    assert 1 == after.count("are sufficient to prove that it does not contain")


@pytest.mark.proves("online-ddl")
def test_an_index_that_was_left_half_built_is_built_again(users: Database) -> None:
    """A build that was cut off leaves an invalid index, which the next try replaces."""
    create = "CREATE INDEX CONCURRENTLY {} users_full_name ON users (full_name)"
    migrate.migrate(users.url, "backfill")
    with users.connect("earlier") as earlier, users.connect("cut") as cut:
        earlier.execute("BEGIN; INSERT INTO users (name) VALUES ('Ada')")
        cut.execute("SET lock_timeout = '10ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            cut.execute(create.format("").encode())
        earlier.execute("COMMIT")
        assert [(False,)] == users.ask(VALID)
        cut.execute(create.format("IF NOT EXISTS").encode())  # does nothing
        assert [(False,)] == users.ask(VALID)
    with (
        users.connect("report") as report,
        users.connect("reader") as reader,
        ThreadPoolExecutor() as threads,
    ):
        reader.execute("SET lock_timeout = '5s'")
        with report.transaction():
            report.execute("SELECT count(*) FROM users")
            building = threads.submit(migrate.migrate, users.url, "index")
            wait_until(users.waiting)
            reader.execute("SELECT FROM users")  # even while the old one is dropped
        building.result(PATIENCE)

    assert [(True,)] == users.ask(VALID)


@pytest.mark.harm("online-ddl")
def test_an_index_stops_every_writer(users: Database, output: Output) -> None:
    """While an index is built as Alembic writes it, whoever inserts waits."""
    with users.connect("writer") as writer, ThreadPoolExecutor() as threads:
        with operations(users, index_dont):
            write = threads.submit(old.add, writer, "Ada")
            wait_until(lambda: users.waiting() or write.done())
            waiting = users.waiting()
        write.result(PATIENCE)

    assert [("writer", "RowExclusiveLock", "migration")] == waiting
    output.check(f"{PAGE}/index_dont.out", "\n".join(shown(waiting)))
