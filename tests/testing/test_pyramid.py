"""Each level of tests finds a fault that the others cannot."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from snippets.testing.pyramid import (
    price,
    price_dont,
    service,
    service_dont,
    store,
    store_dont,
)
from snippets.testing.pyramid.levels import end_to_end, integration, unit
from tests.databases import new_database
from tests.drawing import DO, INK, RULE, drawing
from tests.projects import ROOT
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from handbook.outputs import Output

SCHEMA: Final = Path(ROOT, "snippets/testing/pyramid/schema.sql")
PARTS: Final = {
    "no fault": (price.discounted, store.redeem, "whole"),
    "ends a day early": (price_dont.discounted, store.redeem, "boundary"),
    "two last uses": (price.discounted, store_dont.redeem, "race"),
    "ignores the store": (price.discounted, store.redeem, "wiring"),
}
LEVELS: Final = ("unit", "integration", "end to end")


@pytest.fixture
def database() -> Iterator[str]:
    """Give a database that has the table of codes."""
    with new_database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SCHEMA.read_bytes())
        yield url


def journey(shop: str, database: str) -> None:
    """Start a shop, and ask it as a customer does."""
    fixture = "tests.testing.test_pyramid"
    with Service(f"tests.testing.shop {shop}", fixture, DATABASE_URL=database) as one:
        try:
            end_to_end(one.address, database)
        finally:
            one.end()


def asked(level: str, fault: str, database: str) -> Callable[[], Any]:
    """Give the tests of a level, ready to be run on a shop with a fault."""
    discounted, redeem, shop = PARTS[fault]
    return {
        "unit": lambda: unit(discounted),
        "integration": lambda: integration(redeem, database),
        "end to end": lambda: journey(shop, database),
    }[level]


def passes(test: Callable[[], Any], database: str) -> bool:
    """Say whether a test passes, on an empty table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("TRUNCATE codes")
    try:
        test()
    except AssertionError:
        return False
    return True


@pytest.mark.proves("lowest-level-that-fails")
@pytest.mark.harm("lowest-level-that-fails")
def test_each_level_finds_a_fault_that_the_others_cannot(
    database: str, output: Output
) -> None:
    """A boundary, a race and a wrong wire are each found at one level only."""
    found = {
        fault: [passes(asked(level, fault, database), database) for level in LEVELS]
        for fault in PARTS
    }

    assert {
        "no fault": [True, True, True],
        "ends a day early": [False, True, True],
        "two last uses": [True, False, True],
        "ignores the store": [True, True, False],
    } == found
    words = {True: "passes", False: "FAILS"}
    rows = [f"{'':<20}" + "".join(f"{level:<13}" for level in LEVELS)]
    rows += [
        f"{fault:<20}" + "".join(f"{words[well]:<13}" for well in outcomes)
        for fault, outcomes in found.items()
    ]
    text = "\n".join(row.rstrip() for row in rows)
    output.check("testing/pyramid/found.out", text)


@pytest.mark.proves("lowest-level-that-fails")
def test_each_level_takes_longer_than_the_one_below(
    database: str, output: Output
) -> None:
    """The same feature costs more time at each level, by orders of magnitude."""
    took = {}
    for level, runs in zip(LEVELS, (99, 5, 3), strict=True):
        test = asked(level, "no fault", database)
        times = []
        for _ in range(runs):
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute("TRUNCATE codes")
            begin = perf_counter()
            test()
            times.append(perf_counter() - begin)
        took[level] = median(times)

    assert 20 * took["unit"] < took["integration"] < took["end to end"]
    rows = [f"{level:<14}≈ {1000 * took[level]:.2f} ms" for level in LEVELS]
    output.check("testing/pyramid/times.out", "\n".join(rows))


@pytest.mark.parametrize("shop", [service, service_dont])
def test_an_unknown_code_costs_nothing_and_gives_nothing(
    shop: ModuleType, database: str
) -> None:
    """Who types a code that is not there pays the price."""
    app = shop.make_app(database)
    [route] = [r for r in app.routes if getattr(r, "path", "") == "/orders"]
    order = service.Order(price=Decimal("19.99"), code="NONE")

    assert {"total": order.price} == route.endpoint(order)


def test_the_pyramid_is_drawn(output: Output) -> None:
    """The picture says how many, how fast and how dear each level is."""
    told = (
        "A pyramid. At the top end-to-end tests: few, slow, expensive. In the middle"
        " integration tests: some, medium speed. At the bottom unit tests: many, fast,"
        " cheap."
    )
    levels = [
        ("E2E tests", "few, slow, expensive"),
        ("Integration tests", "some, medium speed"),
        ("Unit tests", "many, fast, cheap"),
    ]
    with drawing(told) as drawn:
        [axes] = drawn.axes
        axes.set_axis_off()
        for row, (name, words) in enumerate(levels):
            top, bottom = row, row + 0.94
            axes.fill(
                [3 - top, 3 + top, 3 + bottom, 3 - bottom],
                [-top, -top, -bottom, -bottom],
                facecolor=DO,
                alpha=0.16 + 0.1 * row,
                edgecolor=RULE,
            )
            middle = -row - 0.55
            axes.text(3, middle, name, ha="center", va="center", color=INK)
            axes.text(6.2, middle, words, ha="left", va="center", color=INK)
        axes.set_xlim(0, 9.6)

    output.check("testing/pyramid/pyramid.svg", drawn.svg)
