"""A password is changed in a real PostgreSQL while queries go on."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout

from snippets.readiness.secrets.files import read_secret
from snippets.readiness.secrets.pool import open_pool
from snippets.readiness.secrets.rotation import alter, issue, revoke
from snippets.readiness.secrets.rotation_dont import rotate
from tests.readiness.kubelet import Volume
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg_pool import ConnectionPool

    from handbook.outputs import Output

FOLDER = "readiness/secrets"
MODULE = "snippets.readiness.secrets"
TRIES = 5  # new connections in each step


class Shop:
    """A database whose service logs in with a password, as one of two roles.

    Args:
        url: The database, for its superuser, whom it trusts.
        mount: Where the secret is mounted.
    """

    def __init__(self, url: str, mount: Path) -> None:
        self.url = url
        self.name = str(conninfo_to_dict(url)["dbname"])
        self.roles = (f"{self.name}_a", f"{self.name}_b")
        self.admin = psycopg.connect(url, autocommit=True)
        for role in self.roles:
            alter(self.admin, "CREATE ROLE {} NOLOGIN", role)
        self.ask_for_passwords()
        first, _ = self.roles
        self.secret = mount / "url"
        self.volume = Volume(mount, {"url": self.of(first, issue(self.admin, first))})

    def ask_for_passwords(self) -> None:
        """Let the server trust neither role, and wait until it does."""
        (file,) = self.admin.execute("SHOW hba_file").fetchone() or [""]
        rules = Path(file).read_text(encoding="utf-8")
        roles = ",".join(self.roles)
        rule = f"local {self.name} {roles} scram-sha-256\n"
        Path(file).write_text(rule + rules, encoding="utf-8")
        self.admin.execute("SELECT pg_reload_conf()")
        first, _ = self.roles
        wait_until(lambda: "password" in self.refusal(self.of(first, "wrong")))

    def of(self, role: str, password: str) -> str:
        """Write the URL that the service is given."""
        return make_conninfo(self.url, user=role, password=password)

    def publish(self, role: str, password: str) -> None:
        """Let the kubelet project another secret."""
        self.volume.write({"url": self.of(role, password)})

    def refusal(self, url: str) -> str:
        """Say why a connection is refused; nothing if it is not."""
        try:
            psycopg.connect(url).close()
        except OperationalError as error:
            return str(error).replace(self.name, "shop")
        return ""

    def answered(self) -> int:
        """Count the new connections that are let in with what is mounted."""
        return sum(not self.refusal(read_secret(self.secret)) for _ in range(TRIES))

    def used(self, role: str) -> bool:
        """Say whether somebody is logged in."""
        query = "SELECT FROM pg_stat_activity WHERE usename = %s"
        return self.admin.execute(query, [role]).rowcount > 0

    def leave(self, role: str) -> None:
        """Wait until nobody is logged in."""
        wait_until(lambda: not self.used(role), "the old one is left")

    def revoke(self, role: str) -> None:
        """Revoke a role as soon as nobody uses it."""

        def done() -> bool:
            with suppress(RuntimeError):
                revoke(self.admin, role)
                return True
            return False

        wait_until(done, "it is revoked")

    def end(self) -> None:
        """Leave neither roles nor rules."""
        for role in self.roles:
            alter(self.admin, "DROP ROLE {}", role)
        (file,) = self.admin.execute("SHOW hba_file").fetchone() or [""]
        rules = Path(file).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in rules if self.name not in line]
        Path(file).write_text("".join(kept), encoding="utf-8")
        self.admin.execute("SELECT pg_reload_conf()")
        self.admin.close()


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Make the database, its roles and the mount."""
    shop = Shop(database, tmp_path)
    yield shop
    shop.end()


class Queries:
    """What two users ask, all the time.

    Attributes:
        seen: The role that answered each query, or how it failed.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self.pool = pool
        self.seen: list[str] = []

    def ask(self, ended: Event) -> None:
        """Ask who I am, until the end."""
        while not ended.wait(0.001):
            try:
                with self.pool.connection(timeout=5) as connection:
                    row = connection.execute("SELECT current_user").fetchone()
                    self.seen.append(str(row and row[0]))
            except (OperationalError, PoolTimeout) as error:
                self.seen.append(f"failed: {error}")

    def more(self, number: int = 20) -> list[str]:
        """Wait until some more have been answered, and give those."""
        before = len(self.seen)
        wait_until(lambda: len(self.seen) >= before + number, "more queries")
        return self.seen[before:]


@contextmanager
def queried(pool: ConnectionPool) -> Iterator[Queries]:
    """Let two users query, and end them."""
    ended, queries = Event(), Queries(pool)
    users = [Thread(target=queries.ask, args=(ended,)) for _ in range(2)]
    with pool:
        for user in users:
            user.start()
        try:
            yield queries
        finally:
            ended.set()
            for user in users:
                user.join(timeout=20)


@pytest.mark.proves("secret-rotation")
@pytest.mark.proves("secret-files")
def test_no_query_fails_while_the_password_changes(shop: Shop) -> None:
    """Changed twice while queries go on, the password costs none of them."""
    first, second = shop.roles
    before = read_secret(shop.secret)
    with queried(open_pool(shop.secret, lifetime=0.05)) as queries:
        assert {first} == {*queries.more()}
        for old, new in ((first, second), (second, first)):
            replaced = read_secret(shop.secret)
            shop.publish(new, issue(shop.admin, new))
            shop.revoke(old)
            shop.leave(old)  # a connection that read its secret before, and came late
            assert {new} == {*queries.more()}
            assert "is not permitted to log in" in shop.refusal(replaced)

    assert {first, second} == {*queries.seen}
    assert "password authentication failed" in shop.refusal(before)


@pytest.mark.proves("secret-rotation")
def test_who_is_connected_is_not_cut_off(shop: Shop) -> None:
    """While one connection uses a role, it is neither revoked nor given a password."""
    first, _ = shop.roles
    with psycopg.connect(read_secret(shop.secret)) as late:
        for step in (issue, revoke):
            with pytest.raises(RuntimeError, match=f"{first} is in use"):
                step(shop.admin, first)
        assert late.execute("SELECT 1").fetchone()
    assert not shop.refusal(read_secret(shop.secret))


def test_the_server_is_sent_a_hash(shop: Shop) -> None:
    """The statement that changes a password does not contain it."""
    first, second = shop.roles
    shop.admin.execute("SET log_statement = 'ddl'; SET client_min_messages = 'log'")
    told: list[str] = []
    shop.admin.add_notice_handler(
        lambda notice: told.append(str(notice.message_primary))
    )
    password = issue(shop.admin, second)

    assert any("SCRAM-SHA-256$" in line for line in told)
    assert not any(password in line for line in told)
    assert first not in "".join(told)


@pytest.mark.harm("secret-rotation")
def test_a_password_that_is_changed_in_place(shop: Shop, output: Output) -> None:
    """Between the database and the mount, every new connection is refused."""
    first, second = shop.roles
    told: list[str] = []
    steps = {"before": [shop.answered()]}

    def publish(password: str) -> None:
        told.append(shop.refusal(read_secret(shop.secret)))
        steps["the database knows the new one"] = [shop.answered()]
        shop.publish(first, password)
        steps["the mount has it"] = [shop.answered()]

    rotate(shop.admin, first, publish)

    steps["before"].append(shop.answered())
    password = issue(shop.admin, second)
    steps["the database knows the new one"].append(shop.answered())
    shop.publish(second, password)
    steps["the mount has it"].append(shop.answered())
    wait_until(lambda: not shop.used(first), "the last connection is gone")
    revoke(shop.admin, first)
    rows = [f"{f'let in, of {TRIES}:':<34}in place  two roles"]
    rows += [f"{step:<34}{one:<10}{two}" for step, (one, two) in steps.items()]
    rows.append(f"{'the old one is revoked':<44}{shop.answered()}")
    _, _, why = told[0].rpartition("FATAL:  ")

    assert [[5, 5], [0, 5], [5, 5]] == [*steps.values()]
    assert 5 == shop.answered()
    output.check(f"{FOLDER}/rotation_dont.out", "\n".join([*rows, why]))


def test_the_other_order_is_no_better(shop: Shop) -> None:
    """Mounted before the database knows it, the new password is refused."""
    first, _ = shop.roles
    shop.publish(first, "new")

    assert 0 == shop.answered()


def test_a_session_outlives_its_password(shop: Shop) -> None:
    """Who is logged in stays so, without password and without LOGIN, until ended."""
    first, _ = shop.roles
    with psycopg.connect(read_secret(shop.secret), autocommit=True) as session:
        rotate(shop.admin, first, lambda _password: None)
        alter(shop.admin, "ALTER ROLE {} NOLOGIN", first)
        assert session.execute("SELECT 1").fetchone()

        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
        )
        shop.admin.execute(end, [first])
        with pytest.raises(OperationalError):
            session.execute("SELECT 1")


def test_an_idle_connection_keeps_the_old_password(shop: Shop) -> None:
    """A pool without traffic replaces nothing until it is checked."""
    first, _ = shop.roles
    with open_pool(shop.secret, lifetime=0.001) as pool:
        pool.wait(10)
        before = shop.used(first)
        second = shop.roles[1]
        shop.publish(second, issue(shop.admin, second))
        assert before
        assert shop.used(first)

        pool.check()
        shop.leave(first)


@pytest.mark.proves("secret-files")
def test_a_secret_that_is_replaced_is_read(tmp_path: Path) -> None:
    """After the kubelet's swap the same path gives the new secret, and no newline."""
    volume = Volume(tmp_path, {"url": "old\n"})
    held = tmp_path.joinpath("url").open(encoding="utf-8")

    assert "old" == read_secret(tmp_path / "url")
    volume.write({"url": "new\n"})
    assert "new" == read_secret(tmp_path / "url")
    with held:
        assert "old\n" == held.read()  # who keeps a file open sees no swap
    with pytest.raises(FileNotFoundError):
        read_secret(tmp_path / "absent")


class Late(type(Path())):  # type: ignore[misc] # the class for this system
    """A path whose first reader follows a link into a folder that is just gone."""

    lost = False

    def read_text(self, *args: str, **options: str) -> str:
        """Lose the race once: for real it happens in one swap of hundreds."""
        if not Late.lost:
            Late.lost = True
            raise FileNotFoundError
        return str(super().read_text(*args, **options))


@pytest.mark.proves("secret-files")
def test_a_reader_that_meets_a_swap_reads_again(tmp_path: Path) -> None:
    """A file that is replaced between its link and its content is read once more."""
    Volume(tmp_path, {"url": "new"})

    assert "new" == read_secret(Late(tmp_path / "url"))
    assert Late.lost


@pytest.mark.proves("secret-files")
def test_each_read_gives_one_whole_version(tmp_path: Path) -> None:
    """While versions change as fast as they can, each read gives all of one."""
    versions = [f"{number:04}" * 100 for number in range(1000)]
    volume, ended = Volume(tmp_path, {"url": versions[0]}), Event()

    def write() -> None:
        for version in cycle(versions):
            volume.write({"url": version})
            if ended.is_set():
                return

    writer = Thread(target=write)
    writer.start()
    read: set[str] = set()

    def enough() -> bool:
        read.update(read_secret(tmp_path / "url") for _ in range(100))
        return len(read) >= 50

    try:
        wait_until(enough, "fifty versions")
    finally:
        ended.set()
        writer.join(timeout=20)

    assert read <= {*versions}


def test_two_files_can_be_of_two_versions(tmp_path: Path) -> None:
    """A user read before the swap does not match a password read after it."""
    volume = Volume(tmp_path, {"user": "a", "password": "of a"})
    user = read_secret(tmp_path / "user")
    volume.write({"user": "b", "password": "of b"})

    assert ("a", "of b") == (user, read_secret(tmp_path / "password"))


SCRIPT = r"""#!/bin/sh
env | grep ^DATABASE_URL
tr '\0' '\n' < /proc/$PPID/environ | grep ^DATABASE_URL
"""


@pytest.mark.harm("secret-files")
def test_every_child_is_told_the_password(tmp_path: Path, output: Output) -> None:
    """A program that draws invoices finds the password in two places."""
    program = tmp_path / "draw"
    program.write_text(SCRIPT, encoding="utf-8")
    program.chmod(0o755)
    variable = {"DATABASE_URL": "postgresql://shop:hunter2@db/shop"}
    found = subprocess.run(
        [sys.executable, "-m", f"{MODULE}.pool_dont", str(program), "7"],
        env={**os.environ, **variable},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    ).stdout.splitlines()

    assert ["DATABASE_URL=postgresql://shop:hunter2@db/shop"] * 2 == found
    rows = ["the program's own environment:", found[0], "its parent's, in /proc:"]
    output.check(f"{FOLDER}/pool_dont.out", "\n".join([*rows, found[1]]))


def works(pool: ConnectionPool, seconds: float) -> str:
    """Try a query, and say how it ends."""
    try:
        with pool.connection(timeout=seconds) as connection:
            connection.execute("SELECT 1")
    except PoolTimeout as error:
        return f"{type(error).__name__}: {error}"
    return "answers"


@pytest.mark.harm("secret-files")
def test_who_read_a_variable_is_left_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """After a rotation the process that read a variable fails until it is restarted."""
    first, second = shop.roles
    monkeypatch.setenv("DATABASE_URL", read_secret(shop.secret))
    monkeypatch.delitem(sys.modules, f"{MODULE}.pool_dont", raising=False)
    read_once = import_module(f"{MODULE}.pool_dont").pool
    with read_once, open_pool(shop.secret) as read_again:
        for pool in (read_once, read_again):
            pool.wait(20)  # what is still being opened, drain() does not see
            assert "answers" == works(pool, 20)
        assert 10 * 60 == read_again.max_lifetime
        shop.publish(second, issue(shop.admin, second))
        with pytest.raises(RuntimeError) as refused:
            revoke(shop.admin, first)
        alter(shop.admin, "ALTER ROLE {} NOLOGIN", first)
        for pool in (read_again, read_once):
            pool.drain()  # what the lifetime of a connection does, at once
        ends = {"a file": works(read_again, 20), "a variable": works(read_once, 0.2)}
        why = shop.refusal(os.environ["DATABASE_URL"]).rpartition("FATAL:  ")[2]

    assert ["answers", "PoolTimeout"] == [
        end.partition(":")[0] for end in ends.values()
    ]
    rows = [f"revoke(): {refused.value}".replace(shop.name, "shop")]
    rows += ["revoked nevertheless, the pool that read", *map(": ".join, ends.items())]
    output.check(f"{FOLDER}/left_behind_dont.out", "\n".join([*rows, why]))
