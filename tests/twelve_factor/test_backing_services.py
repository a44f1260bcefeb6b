"""Two real PostgreSQL servers change places, and one of them restarts."""

from __future__ import annotations

import socket
from logging import LogRecord, getLogger
from logging.handlers import QueueHandler
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import psycopg
import pytest

from snippets.twelve_factor.backing_services import attached_dont, orders_dont
from snippets.twelve_factor.backing_services.attached import attached
from snippets.twelve_factor.backing_services.clients import clients
from tests.services import Service
from tests.site.tools import postgres
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg_pool import ConnectionPool

    from handbook.outputs import Output

ORDERS = "snippets.twelve_factor.backing_services.orders"
HEADING = f"{'DATABASE_URL names':<20}{'clients of A':>14}{'clients of B':>14}"
PASSWORDS = ["hunter2", "hunter%40two", "hunter%25two"]


@pytest.fixture(scope="module")
def second() -> Iterator[Any]:
    """Start another server than the one that all tests share."""
    server = postgres.__wrapped__()
    yield server
    server.cleanup()


@pytest.fixture
def servers(database: str, second: Any) -> dict[str, str]:  # noqa: ANN401 # no types
    """Give the URLs of two servers, each with an empty table of orders."""
    urls = {"server A": database, "server B": second.get_uri()}
    for url in urls.values():
        with psycopg.connect(url) as connection:
            connection.execute("DROP TABLE IF EXISTS orders")
            connection.execute("CREATE TABLE orders (id text PRIMARY KEY)")
    return urls


def ask(url: str, question: bytes) -> list[Any]:
    """Ask a server, and give the first column."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(question)]


@pytest.mark.proves("attached-resources")
def test_the_url_alone_decides_where_orders_go(
    servers: dict[str, str], output: Output
) -> None:
    """The same service writes to another server, with nothing changed but the URL."""
    identity = b"SELECT system_identifier FROM pg_control_system()"
    assert 2 == len({ask(url, identity)[0] for url in servers.values()})
    rows, connected = [HEADING], []
    for name, url in servers.items():
        mark = f"litmus-{name[-1]}"
        settings = {"DATABASE_URL": f"{url}&application_name={mark}"}
        with Service(ORDERS, "", **settings) as service:
            answer = httpx.post(f"{service.address}/orders/for-{name[-1]}")
            wait_until(lambda: 4 == sum(clients(x, mark) for x in servers.values()))  # noqa: B023 # it has been waited for
            found = [clients(each, mark) for each in servers.values()]
            service.end()

        assert 201 == answer.status_code
        rows.append(f"{name:<20}{found[0]:>14}{found[1]:>14}")
        connected.append(found)

    kept = [ask(url, b"SELECT id FROM orders") for url in servers.values()]
    assert [["for-A"], ["for-B"]] == kept
    assert [[4, 0], [0, 4]] == connected
    output.check("twelve_factor/backing_services/swapped.out", "\n".join(rows))


@pytest.mark.proves("attached-resources")
def test_it_starts_before_its_database(
    servers: dict[str, str],
    second: Any,  # noqa: ANN401 # no types
) -> None:
    """While the database is away the service starts, and serves when it is back."""
    second.stop()
    try:
        with Service(ORDERS, "", DATABASE_URL=servers["server B"]) as service:
            second.start()
            answer = httpx.post(f"{service.address}/orders/early", timeout=30)
            service.end()
    finally:
        second.start()

    assert 201 == answer.status_code
    assert ["early"] == ask(servers["server B"], b"SELECT id FROM orders")


@pytest.mark.harm("attached-resources")
def test_a_name_in_the_code_cannot_be_swapped(
    servers: dict[str, str],
    output: Output,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Whatever the URL says, orders go to a file, or to the one server in the code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("socket.getaddrinfo", resolve_nothing)
    rows = [HEADING]
    for name, url in servers.items():
        monkeypatch.setenv("DATABASE_URL", url + "&application_name=litmus")
        monkeypatch.setenv("ENVIRONMENT", "development")
        connection = orders_dont.connect()
        found = [clients(each, "litmus") for each in servers.values()]
        connection.execute("CREATE TABLE IF NOT EXISTS orders (id)")
        connection.close()

        assert [0, 0] == found
        rows.append(f"{name:<20}{found[0]:>14}{found[1]:>14}")
        monkeypatch.setenv("ENVIRONMENT", "production")
        with pytest.raises(psycopg.OperationalError, match="db-1"):
            orders_dont.connect()

    files = [file.name for file in tmp_path.iterdir()]
    assert ["orders.db"] == files
    rows.append(f"new on the disk: {files[0]}")
    output.check("twelve_factor/backing_services/swapped_dont.out", "\n".join(rows))


def resolve_nothing(*_: object, **__: object) -> NoReturn:
    """Know no host, as no resolver here should know the one in the code."""
    raise socket.gaierror(socket.EAI_NONAME, "no such host")


def restart_under(
    pool: ConnectionPool,
    server: Any,  # noqa: ANN401 # no types
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[int, float]:
    """Restart a server under an open pool, and ask it eight times.

    Returns:
        How many of them failed, and the seconds that the pool chose to wait; they
        are added up, not waited for.
    """
    waits: list[float] = []
    monkeypatch.setattr("psycopg_pool.pool.sleep", waits.append)
    failed = 0
    with pool:
        pool.wait()
        server.stop()
        server.start()
        for _ in range(8):
            try:
                with pool.connection() as connection:
                    connection.execute("SELECT 1")
            except psycopg.OperationalError:
                failed += 1
    return failed, sum(waits)


@pytest.mark.proves("attached-resources")
def test_a_restart_of_the_server_fails_no_request(
    second: Any,  # noqa: ANN401 # no types
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four connections are dead, and none of eight requests fails or waits."""
    assert (0, 0) == restart_under(attached(second.get_uri()), second, monkeypatch)


@pytest.mark.harm("attached-resources")
def test_a_pool_finds_out_from_requests(
    second: Any,  # noqa: ANN401 # no types
    monkeypatch: pytest.MonkeyPatch,
    output: Output,
) -> None:
    """By default each dead connection fails a request; checked alone, they cost 7 s."""
    url = second.get_uri()
    failed, waited = restart_under(attached_dont.attached(url), second, monkeypatch)
    rows = [f"{'':<10}{'requests':>10}{'failed':>8}{'seconds waited':>18}"]
    rows.append(f"{'attached':<10}{8:>10}{failed:>8}{waited:>18g}")

    assert (4, 0) == (failed, waited)
    failed, waited = restart_under(attached_dont.checked(url), second, monkeypatch)
    rows.append(f"{'checked':<10}{8:>10}{failed:>8}{f'≈ {waited:.1f}':>18}")

    assert 0 == failed
    assert 1 + 2 + 4 == pytest.approx(waited, rel=0.11)
    output.check("twelve_factor/backing_services/restarted_dont.out", "\n".join(rows))


@pytest.fixture
def warnings() -> Iterator[SimpleQueue[LogRecord]]:
    """Listen to what pools log."""
    said: SimpleQueue[LogRecord] = SimpleQueue()
    handler = QueueHandler(said)
    getLogger("psycopg.pool").addHandler(handler)
    yield said
    getLogger("psycopg.pool").removeHandler(handler)


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_in_no_message(
    password: str, warnings: SimpleQueue[LogRecord]
) -> None:
    """Neither psycopg, nor the pool, nor its warnings show the password of a URL."""
    url = f"postgresql://app:{password}@127.0.0.1:1/orders"
    with pytest.raises(psycopg.OperationalError) as told:
        psycopg.connect(url)
    with attached(url) as pool:
        seen = f"{told.value} {pool!r} {warnings.get(timeout=30).getMessage()}"

    assert 2 == seen.count("Connection refused")
    assert "hunter" not in seen


def test_a_password_that_is_not_encoded_is_told() -> None:
    """With a % or an @ in it, the error shows the password, or half of it."""
    with pytest.raises(psycopg.ProgrammingError, match="hunter%two"):
        psycopg.connect("postgresql://app:hunter%two@127.0.0.1:1/orders")
    with pytest.raises(psycopg.OperationalError, match="host 'two@127"):
        psycopg.connect("postgresql://app:hunter@two@127.0.0.1:1/orders")
