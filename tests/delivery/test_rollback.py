"""Releases are deployed, taken back and deployed again, on a real Valkey."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
from redis import Redis

from snippets.delivery.rollback.deployments import Deployments
from snippets.delivery.rollback.drill import STEPS, drill
from snippets.delivery.rollback.undo_dont import undo
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

SNIPPETS = "snippets.delivery.rollback"
FOLDER = "delivery/rollback"
CARTS = 10  # written in each step


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Reach the store, in which no cart is left from before."""
    with Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushdb()
        yield client


@contextmanager
def started(module: str, redis_url: str) -> Iterator[str]:
    """Run a version as a process, and give its address."""
    with Service(f"{SNIPPETS}.{module}", "", REDIS_URL=redis_url) as service:
        yield service.address
        service.end()


class Shoppers:
    """People who fill carts, come back, and know what they had put in."""

    def __init__(self) -> None:
        self.carts: dict[str, dict[str, int]] = {}

    def __call__(self, address: str) -> int:
        """Read every cart, change one of them, fill new ones, and count failures."""
        failed = 0
        alone = {
            "Connection": "close"
        }  # a failure closes it, and the next would meet that
        carts = f"{address}/carts/"
        with httpx.Client(base_url=carts, headers=alone, timeout=10) as client:
            for cart, content in (self.carts | {"nobody's": {}}).items():
                answer = client.get(cart)
                failed += answer.is_error or answer.json() != content
            first = len(self.carts)
            for number in [0, *range(first, first + CARTS)]:
                cart = f"{number}"
                content = {"apple": 2, "pear": first + 1} if number % 10 else {}
                if number == 0:
                    content = self.carts.get(cart, {}) | {f"plum-{first}": 1}
                self.carts[cart] = content
                failed += client.put(cart, json=content).is_error
        return failed


def drilled(old: str, new: str, redis: Redis, redis_url: str) -> list[int]:
    """Drill two versions on an empty store."""
    redis.flushdb()
    versions = {
        "old": partial(started, old, redis_url),
        "new": partial(started, new, redis_url),
    }
    return drill(versions, Shoppers())


def row(told: str, failed: list[int]) -> str:
    """Write what failed in each step."""
    return f"{told:<26}" + "".join(f"{number:>6}" for number in failed)


HEAD = f"{'requests that failed:':<26}" + "".join(f"{step:>6}" for step in STEPS)


@pytest.mark.proves("read-both-versions")
def test_a_release_that_writes_the_old_form_can_be_taken_back(
    redis: Redis, redis_url: str, output: Output
) -> None:
    """Deployed, taken back and deployed again, no request fails, and no cart is lost."""
    failed = drilled("version_1", "version_2", redis, redis_url)

    assert [0, 0, 0, 0] == failed
    rows = [HEAD, row("reads both, writes old", failed)]
    output.check(f"{FOLDER}/version_2.out", "\n".join(rows))


@pytest.mark.harm("read-both-versions")
def test_what_the_new_wrote_the_old_cannot_read(
    redis: Redis, redis_url: str, output: Output
) -> None:
    """Taken back, the old version fails for every cart that the new one wrote."""
    failed = drilled("version_1", "at_once_dont", redis, redis_url)
    expiry = redis.ttl("cart:0")

    assert [0, 0, CARTS + 1, 0] == failed
    assert 23 * 3600 < int(expiry) <= 24 * 3600  # and so it fails for a day
    rows = [HEAD, row("reads both, writes new", failed)]
    output.check(f"{FOLDER}/at_once_dont.out", "\n".join(rows))


@pytest.mark.proves("read-both-versions")
def test_one_release_later_the_same_file_is_right(
    redis: Redis, redis_url: str, output: Output
) -> None:
    """After a release that reads both forms, the one that writes the new can go back."""
    failed = drilled("version_2", "at_once_dont", redis, redis_url)

    assert [0, 0, 0, 0] == failed
    rows = [HEAD, row("the same, a release later", failed)]
    output.check(f"{FOLDER}/later.out", "\n".join(rows))


def released(*releases: int) -> Deployments:
    """Deploy some releases, one after the other."""
    deployments = Deployments()
    for release in releases:
        deployments.deploy(release)
    return deployments


@pytest.mark.proves("rollback-first")
def test_two_people_take_the_same_release_back() -> None:
    """The second finds it taken back, and changes nothing."""
    deployments = released(6, 7, 8)

    assert 7 == deployments.take_back(8)
    assert 7 == deployments.take_back(8)
    assert [6, 7, 8, 7] == deployments.log


@pytest.mark.proves("rollback-first")
def test_the_way_back_passes_what_was_taken_back_before() -> None:
    """When the release before is bad as well, the last good one runs."""
    deployments = released(6, 7, 8)
    deployments.take_back(7)

    assert 6 == deployments.take_back(8)
    with pytest.raises(LookupError, match="nothing good before 6"):
        deployments.take_back(6)


@pytest.mark.proves("rollback-first")
def test_what_was_taken_back_is_not_deployed_again() -> None:
    """A pipeline that is started once more does not bring it back; a new one runs."""
    deployments = released(7, 8)
    deployments.take_back(8)

    with pytest.raises(ValueError, match="8 was taken back"):
        deployments.deploy(8)
    assert 7 == deployments.log[-1]
    deployments.deploy(9)
    assert 9 == deployments.log[-1]


@pytest.mark.harm("rollback-first")
def test_two_people_undo(output: Output) -> None:
    """Asked twice for the one before, the bad release runs again."""
    revisions, deployments = [6, 7, 8], released(6, 7, 8)
    rows = [f"{'8 is bad':<24}undo runs   take_back(8) runs"]
    runs = []
    for who in ("the first on call", "the second on call"):
        runs.append((undo(revisions), deployments.take_back(8)))
        rows.append(f"{who:<24}{runs[-1][0]:<12}{runs[-1][1]}")

    assert [(7, 7), (8, 7)] == runs
    output.check(f"{FOLDER}/undo_dont.out", "\n".join(rows))
