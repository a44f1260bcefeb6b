"""A flaky test is found, and a retry hides what it has found."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import permutations
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from snippets.testing.flaky_tests import suite, suite_dont
from snippets.testing.flaky_tests.accounts import lend, limits, may_spend
from snippets.testing.flaky_tests.chances import at_most, between, few, hidden, runs
from snippets.testing.flaky_tests.finding import failing_orders, polluter
from snippets.testing.flaky_tests.quarantine import LONGEST, fault
from snippets.testing.flaky_tests.retry_dont import retried
from snippets.testing.flaky_tests.stock import Stock as Locked
from snippets.testing.flaky_tests.stock_dont import Stock
from tests.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from handbook.outputs import Output

VICTIM: Final = "test_beyond_the_limit"
POLLUTER: Final = "test_a_loan_is_spent"


def named(module: ModuleType) -> list[str]:
    """List the tests of a suite."""
    return [name for name in vars(module) if name.startswith("test_")]


TESTS: Final = named(suite_dont)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Read the limits again in each test."""
    limits.cache_clear()
    yield
    limits.cache_clear()


def here(order: Sequence[str]) -> set[str]:
    """Run tests in this process, as if it were new."""
    limits.cache_clear()
    failed = set()
    for name in order:
        try:
            getattr(suite_dont, name)()
        except AssertionError:
            failed.add(name)
    return failed


def with_pytest(module: ModuleType, order: Sequence[str]) -> set[str]:
    """Run tests of one file in this order."""
    return with_both([(module, name) for name in order])


def with_both(order: Sequence[tuple[ModuleType, str]]) -> set[str]:
    """Run tests as somebody does, with pytest in a process of its own."""
    tests = [
        f"{Path(module.__file__ or '').relative_to(ROOT)}::{name}"
        for module, name in order
    ]
    options = ["-p", "no:randomly", "-o", "addopts=", "--noconftest", "-qrf"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env=clean,
        text=True,
        timeout=60,
    )
    assert done.returncode in {0, 1}, done.stdout
    return set(re.findall(r"^FAILED \S+::(\w+)", done.stdout, re.MULTILINE))


@pytest.mark.proves("find-the-flake")
@pytest.mark.harm("find-the-flake")
def test_a_random_order_finds_the_flake_and_its_polluter(output: Output) -> None:
    """Half of the orders fail, the file's own passes, and one test is to blame."""
    found = failing_orders(here, TESTS, 20)
    order, failed = max(found, key=lambda one: one[0].index(VICTIM))

    assert {VICTIM} == failed
    assert all({VICTIM} == each for _, each in found)
    assert POLLUTER == polluter(here, order, VICTIM)
    assert here(TESTS) == {VICTIM}
    rows = [
        f"{len(found)} of 20 random orders fail, all in {VICTIM}",
        f"it fails after {POLLUTER}",
    ]
    output.check("testing/flaky_tests/found.out", "\n".join(rows))


@pytest.mark.proves("find-the-flake")
def test_every_order_says_the_same() -> None:
    """It fails whenever the polluter ran before, and then only."""
    for order in permutations(TESTS):
        after = order.index(POLLUTER) < order.index(VICTIM)

        assert ({VICTIM} if after else set()) == here(order)


@pytest.mark.harm("find-the-flake")
def test_pytest_sees_it_too() -> None:
    """Alone it passes; after the loan it fails."""
    assert set() == with_pytest(suite_dont, [VICTIM])
    assert {VICTIM} == with_pytest(suite_dont, [POLLUTER, VICTIM])


@pytest.mark.proves("find-the-flake")
def test_a_suite_that_begins_anew_has_no_order() -> None:
    """With fresh limits for each test both orders pass."""
    assert {POLLUTER, VICTIM} == set(named(suite))
    assert set() == with_pytest(suite, [POLLUTER, VICTIM])
    assert set() == with_pytest(suite, [VICTIM, POLLUTER])


@pytest.mark.proves("find-the-flake")
@pytest.mark.parametrize(
    ("first", "second"), [(suite_dont, suite), (suite, suite_dont)], ids=["in", "out"]
)
def test_limits_are_fresh_before_and_after(
    first: ModuleType, second: ModuleType
) -> None:
    """A loan of another file does not come in, and none of its own goes out."""
    assert set() == with_both([(first, POLLUTER), (second, VICTIM)])


@pytest.mark.proves("find-the-flake")
@pytest.mark.parametrize("name", named(suite))
def test_the_tests_hold_where_limits_are_fresh(name: str) -> None:
    """Each test of the suite passes on limits as they are read."""
    assert None is getattr(suite, name)()


@pytest.mark.proves("find-the-flake")
def test_the_accounts_keep_what_was_lent() -> None:
    """A loan of one is spent, and no more."""
    assert may_spend("ada", 100)
    assert not may_spend("ada", 101)
    lend("ada", 1)
    assert may_spend("ada", 101)
    assert not may_spend("ada", 102)


def fails_after(*needed: str) -> Callable[[Sequence[str]], set[str]]:
    """Make a suite whose victim fails after all of these."""
    return lambda order: {"victim"} if {*needed} <= {*order} else set()


@pytest.mark.proves("find-the-flake")
@pytest.mark.parametrize("guilty", ["a", "b", "c", "d", "e"])
def test_the_polluter_is_found_wherever_it_stands(guilty: str) -> None:
    """Halving finds it in either half, whatever else ran."""
    assert guilty == polluter(fails_after(guilty), [*"abcde", "victim", "z"], "victim")


@pytest.mark.proves("find-the-flake")
def test_what_halving_cannot_find() -> None:
    """A test that fails alone has no polluter, nor has one that needs two, or none."""
    assert None is polluter(fails_after(), ["a", "victim"], "victim")
    assert None is polluter(fails_after("a", "d"), [*"abcd", "victim"], "victim")
    assert None is polluter(fails_after("z"), ["victim", "z"], "victim")


@pytest.mark.proves("find-the-flake")
def test_the_orders_are_told_with_what_fails() -> None:
    """Every seed is another order of all tests, the same ones each time."""
    seen: list[list[str]] = []

    def run(order: Sequence[str]) -> set[str]:
        seen.append([*order])
        return {"a"} if order[0] == "a" else set()

    found = failing_orders(run, [*"abc"], 12)

    assert 12 == len(seen)
    assert all([*"abc"] == sorted(order) for order in seen)
    assert [(order, {"a"}) for order in seen if order[0] == "a"] == found
    assert found == failing_orders(run, [*"abc"], 12)


@pytest.mark.proves("find-the-flake")
@pytest.mark.parametrize(
    ("rate", "wanted"), [(0.5, 5), (0.1, 29), (0.01, 299), (0.001, 2995)]
)
def test_as_many_runs_are_needed(rate: float, wanted: int) -> None:
    """So many runs show the flake in 95 of 100 cases, and one run less does not."""
    assert wanted == runs(rate)
    assert 1 - (1 - rate) ** wanted >= 0.95 > 1 - (1 - rate) ** (wanted - 1)


@pytest.mark.proves("find-the-flake")
def test_what_passes_is_bounded(output: Output) -> None:
    """Without a failure a rate is credible up to where such luck is 5 %."""
    for passed in (1, 10, 300):
        assert 0.05 == pytest.approx((1 - at_most(passed)) ** passed)
    assert 0.2 == pytest.approx(at_most(1, 0.2))
    head = "fails in   runs to see it   passed so often, fails at most in"
    rows = [
        f"{rate:>8.1%}{runs(rate):>15,}   {count:>15,}   {at_most(count):>8.2%}"
        for rate, count in ((0.1, 10), (0.01, 100), (0.001, 1000))
    ]
    output.check("testing/flaky_tests/chances.out", "\n".join([head, *rows]))


@pytest.mark.proves("find-the-flake")
@pytest.mark.parametrize(
    ("failed", "ran"), [(0, 10), (1, 10), (9, 10), (10, 10), (3, 200), (500, 1000)]
)
def test_a_rate_lies_between_what_is_credible(failed: int, ran: int) -> None:
    """At either bound such a count, or a stranger one, has a chance of 2.5 %."""
    least, largest = between(failed, ran)

    assert least <= failed / ran <= largest
    assert (least == 0) is (failed == 0)
    assert (largest == 1) is (failed == ran)
    if failed > 0:
        assert 0.025 == pytest.approx(1 - few(failed - 1, ran, least), abs=3e-4)
    if failed < ran:
        assert 0.025 == pytest.approx(few(failed, ran, largest), abs=3e-4)


@pytest.mark.proves("find-the-flake")
def test_a_flake_that_was_seen_says_how_often_to_run(output: Output) -> None:
    """The more runs stand behind a count, the less it leaves open."""
    assert (0.00253, 0.44502) == between(1, 10)
    assert 1 - 0.1 ** (1 / 10) == pytest.approx(between(0, 10, 0.8)[1], abs=1.1e-5)
    assert [0.6875, 1] == pytest.approx([few(2, 4, 0.5), few(4, 4, 0.3)])
    rows = ["failed     of   it fails in        runs to see it mended"]
    for failed, ran in ((3, 20), (3, 200), (30, 1000)):
        least, largest = between(failed, ran)
        span = f"{least:.1%} to {largest:.1%}"
        rows.append(f"{failed:>6}{ran:>7,}   {span:<19}{runs(least):>6}")
    output.check("testing/flaky_tests/seen.out", "\n".join(rows))


JITTER: Final = 0.2  # of the calls wait
MANY: Final = 2000


def sold(seed: int, kind: type[Stock | Locked] = Stock) -> int:
    """Let two customers take a book each, and give how many are left of ten."""
    chance = Random(seed)  # noqa: S311 # no secret
    stock = kind(10, [chance.random() < JITTER for _ in "ab"])

    async def both() -> None:
        await asyncio.gather(stock.take(), stock.take())

    asyncio.run(both())
    return stock.left


def two_are_taken(seeds: Iterator[int]) -> None:
    """Two customers take two books."""
    assert 8 == sold(next(seeds))


@pytest.mark.proves("no-blind-retry")
@pytest.mark.harm("no-blind-retry")
def test_a_retry_hides_the_book_that_is_sold_twice(output: Output) -> None:
    """The suite is red once in five runs, with three tries hardly ever; as many books are lost."""
    lost = sum(sold(seed) != 8 for seed in range(MANY))

    def red(run: Callable[[Callable[[], None]], None]) -> int:
        seeds = iter(range(3 * MANY))
        return sum(fails(run, partial(two_are_taken, seeds)) for _ in range(MANY))

    once, thrice = red(lambda test: test()), red(retried)

    assert once == lost
    assert hidden(JITTER, 3) == pytest.approx(1 - thrice / once, abs=0.03)
    counts = {"a book is lost": lost, "red with one try": once}
    counts["red with up to three"] = thrice
    rows = [f"{'':<22}of {MANY:,}", *(f"{k:<22}{v:>8}" for k, v in counts.items())]
    output.check("testing/flaky_tests/hidden.out", "\n".join(rows))


@pytest.mark.proves("no-blind-retry")
def test_with_a_lock_no_book_is_sold_twice() -> None:
    """Wherever somebody waits, each customer takes a book of their own."""
    assert {8} == {sold(seed, Locked) for seed in range(MANY)}


@pytest.mark.proves("no-blind-retry")
def test_who_holds_the_lock_waits_as_a_network_does() -> None:
    """While one customer waits, others run, and see the book that is not yet taken."""
    seen = []

    async def look(stock: Locked) -> None:
        seen.append(stock.left)

    async def both(stock: Locked) -> None:
        await asyncio.gather(stock.take(), look(stock))

    for jitter in (True, False):
        asyncio.run(both(Locked(10, [jitter])))

    assert [10, 9] == seen


def fails(run: Callable[[Callable[[], None]], None], test: Callable[[], None]) -> bool:
    """Say whether a test is red in the end."""
    try:
        run(test)
    except AssertionError:
        return True
    return False


@pytest.mark.proves("no-blind-retry")
@pytest.mark.parametrize(
    ("rate", "tries", "share"), [(0.5, 1, 0), (0.2, 3, 0.96), (0.01, 2, 0.99)]
)
def test_retries_hide_what_they_hide(rate: float, tries: int, share: float) -> None:
    """A run that fails is green in the end unless every further try fails too."""
    assert share == pytest.approx(hidden(rate, tries))


@pytest.mark.harm("no-blind-retry")
def test_without_jitter_every_test_passes() -> None:
    """On a fast machine nobody sees it: the book is lost only where somebody waits."""
    calm = Stock(10, [False, False])

    async def both() -> None:
        await asyncio.gather(calm.take(), calm.take())

    asyncio.run(both())
    assert 8 == calm.left


BROKEN: Final = """
@pytest.fixture
def broken():
    assert 8 == 9

"""


def written(name: str, body: str, until: object, owner: str = "shop") -> str:
    """Write a test that is in quarantine."""
    reason = "a book is sold twice"
    mark = f"quarantine(owner={owner!r}, reason={reason!r}, until='{until}')"
    return f"@pytest.mark.{mark}\ndef test_{name}:\n    {body}\n\n"


@pytest.mark.proves("no-blind-retry")
def test_a_test_in_quarantine_is_seen_and_stops_nobody(
    pytester: pytest.Pytester, output: Output
) -> None:
    """It may fail until its day; then it is red, as is one that nobody answers for."""
    soon = datetime.now(UTC).date() + timedelta(days=7)
    file = pytester.makepyfile(
        test_shop="import pytest\n\n"
        + BROKEN
        + written("in_a_fixture(broken)", "assert 8 == 8", soon)
        + written("in_time()", "assert 8 == 9", soon)
        + written("mended()", "assert 8 == 8", soon)
        + written("over()", "assert 8 == 8", "2026-01-31")
        + written("of_nobody()", "assert 8 == 8", soon, "")
        + "def test_others():\n    assert 8 == 9\n"
    )
    plugin = "snippets.testing.flaky_tests.quarantine"
    options = ["-p", "no:randomly", "-p", "no:xdist", "-p", "no:cov", "-p", plugin]
    options += ["-o", "xfail_strict=true", "--strict-markers"]
    result = pytester.inline_run(*options, str(file))
    found = {}
    for report in result.getreports("pytest_runtest_logreport"):
        if report.when == "call" or not report.passed:
            told = getattr(report, "wasxfail", "") or report.longreprtext
            outcome = "x" * hasattr(report, "wasxfail") + report.outcome
            name = report.nodeid.partition("::test_")[2].replace("_", " ")
            found[name] = (outcome, told.splitlines()[-1] if told else "")

    why = "shop: a book is sold twice"
    assert {
        "in a fixture": ("xskipped", why),
        "in time": ("xskipped", why),
        "mended": ("xpassed", why),
        "over": ("failed", "over since 2026-01-31: shop, mend or delete it"),
        "of nobody": ("failed", "quarantine without an owner or a reason"),
    } == {name: each for name, each in found.items() if name != "others"}
    assert "failed" == found["others"][0]
    words = {"xskipped": "xfailed", "xpassed": "xpassed", "failed": "FAILED"}
    rows = [
        f"{name:<14}{words[outcome]:<9}{told}"
        for name, (outcome, told) in found.items()
        if name != "others"
    ]
    output.check("testing/flaky_tests/quarantine.out", "\n".join(rows))


@pytest.mark.proves("no-blind-retry")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, ""),
        ({"until": "2027-01-01"}, ""),
        ({"until": "2027-01-15"}, ""),
        ({"until": "2027-01-16"}, "2027-01-16 is more than 14 days away"),
        ({"until": "2026-12-31"}, "over since 2026-12-31: ada, mend or delete it"),
        ({"owner": ""}, "quarantine without an owner or a reason"),
        ({"reason": ""}, "quarantine without an owner or a reason"),
    ],
    ids=["right", "last day", "longest", "too long", "over", "nobody", "no reason"],
)
def test_a_quarantine_has_an_owner_a_reason_and_a_near_day(
    words: dict[str, str], told: str
) -> None:
    """Through its last day a test may fail, two weeks from today at most."""
    right = {"owner": "ada", "reason": "log 7", "until": "2027-01-07"}

    assert timedelta(days=14) == LONGEST
    assert told == fault(**{**right, **words}, today=date(2027, 1, 1))


@pytest.mark.proves("no-blind-retry")
def test_a_quarantine_without_a_day_is_refused() -> None:
    """What is no day ends the test, with the value that was given."""
    with pytest.raises(ValueError, match="'soon'"):
        fault(owner="ada", reason="log 7", until="soon", today=date(2027, 1, 1))
