"""The orders service as a process, its database, and its clients."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psycopg

from snippets.orders.migrate import FOLDER
from snippets.twelve_factor.admin_processes.migrate import migrate
from tests import forks
from tests.databases import new_database
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.orders.bank import Bank

ADA = "ada-token-of-24-letters!"
BOB = "bob-token-of-24-letters!"
TEA = {"item": "tea", "cents": 1999}
ONE_EACH = httpx.Limits(max_keepalive_connections=0)  # no answer waits for another


class Books:
    """The database of the orders, as a test sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)

    def all(self, query: str) -> list[tuple[Any, ...]]:
        """Ask for rows."""
        return self.connection.execute(query.encode()).fetchall()

    def one(self, query: str) -> Any:  # noqa: ANN401 # SQL has any
        """Ask for a value."""
        [(value,)] = self.all(query)
        return value

    def run(self, statement: str) -> None:
        """Do something."""
        self.connection.execute(statement.encode())

    def empty(self) -> None:
        """Forget every order."""
        self.run("TRUNCATE orders, idempotency_keys, outbox, dead_letters")

    def payments(self) -> list[str]:
        """Say how each order is paid."""
        return [row[0] for row in self.all("SELECT payment FROM orders")]


@contextmanager
def kept_books() -> Iterator[Books]:
    """Make a database with the schema of the release."""
    with new_database() as url:
        migrate(url, FOLDER)
        books = Books(url)
        yield books
        books.connection.close()


def environment(url: str, bank: str, **others: str) -> dict[str, str]:
    """Give what a deploy of the service needs."""
    return {
        "DATABASE_URL": url,
        "PAYMENTS": bank,
        "CLIENTS": json.dumps({ADA: "ada", BOB: "bob"}),
        "OTEL_SDK_DISABLED": "true",
        "OTEL_SERVICE_NAME": "orders",
        **others,
    }


@contextmanager
def open_shop(
    books: Books, bank: Bank, fixture: str = "", **others: str
) -> Iterator[tuple[Service, httpx.Client]]:
    """Start a service; without a fixture the test has it."""
    variables = environment(books.url, bank.address, **others)
    with (
        Service("snippets.orders", fixture, **variables) as service,
        client_of(service.address) as client,
    ):
        yield service, client


def client_of(address: str, token: str = ADA) -> httpx.Client:
    """Make a client with a token."""
    return httpx.Client(
        base_url=address,
        headers={"Authorization": f"Bearer {token}"},
        limits=ONE_EACH,
        timeout=30,
    )


def order(client: httpx.Client, key: str = "8e03978e", **more: Any) -> httpx.Response:  # noqa: ANN401 # JSON has any
    """Send an order."""
    headers = {"Idempotency-Key": key, **more.pop("headers", {})}
    return client.post("/orders", json={**TEA, **more}, headers=headers)


def run(module: str, variables: dict[str, str]) -> tuple[int, str]:
    """Run a program that ends by itself; give its exit code and what it wrote."""
    process, written = forks.start(module.split(), {**os.environ, **variables})
    with written:
        told = written.read()
    return process.wait(), told


def settle(books: Books, bank: Bank) -> tuple[int, str]:
    """Settle what is due."""
    return run("snippets.orders.settle", environment(books.url, bank.address))


def metric(client: httpx.Client, series: str) -> float:
    """Read the value of a series."""
    lines = client.get("/metrics").text.splitlines()
    [value] = [line.rpartition(" ")[2] for line in lines if line.startswith(series)]
    return float(value)
