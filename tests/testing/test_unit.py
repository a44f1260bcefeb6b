"""Suites at the boundaries, and doubles that behave or do not."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import Mock, create_autospec

import psycopg
import pytest

from snippets.testing.pyramid import price, price_dont
from snippets.testing.unit import boundaries, boundaries_dont, float_dont
from snippets.testing.unit.checkout import Code, Codes, total
from snippets.testing.unit.checkout_dont import NoUseLeftError, renamed, trusting
from snippets.testing.unit.codes import FakeCodes, StoredCodes
from snippets.testing.unit.mocks_dont import believe_renamed, believe_trusting
from snippets.testing.unit.suites import contract, third_pays_all
from tests.databases import new_database
from tests.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handbook.outputs import Output

PAGE: Final = "testing/unit"
SCHEMA: Final = Path(ROOT, "snippets/testing/pyramid/schema.sql")
LAST: Final = date(2027, 3, 31)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Give a database that has the table of codes."""
    with new_database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SCHEMA.read_bytes())
        yield url


@contextmanager
def stored(url: str) -> Iterator[StoredCodes]:
    """Give a table in which SPRING has two uses."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE codes")
        connection.execute("INSERT INTO codes VALUES ('SPRING', 25, %s, 2)", [LAST])
        yield StoredCodes(connection)


def outcome(suite: Callable[[], None]) -> str:
    """Say whether a suite passes, and otherwise what it complains about."""
    try:
        suite()
    except (AssertionError, AttributeError, NoUseLeftError) as error:
        return f"FAILS: {error}".splitlines()[0]
    return "passes"


DRAFTS: Final = {
    "no fault": price.discounted,
    "ends a day early": price_dont.discounted,
    "a float between": float_dont.discounted,
}


def wrong(discounted: Callable[..., Decimal], percent: int) -> int:
    """Count the prices up to 100 euros that come out wrong."""
    prices = [Decimal(cents) / 100 for cents in range(1, 10_001)]
    return sum(
        discounted(each, percent, LAST, LAST)
        != price.discounted(each, percent, LAST, LAST)
        for each in prices
    )


@pytest.mark.proves("boundary-tests")
@pytest.mark.harm("boundary-tests")
def test_examples_pass_what_the_boundaries_find(output: Output) -> None:
    """Two wrong prices pass round examples, and fail at a last day and at half a cent."""
    found = {
        name: (
            outcome(lambda draft=draft: boundaries_dont.examples(draft)),  # type: ignore[misc]
            outcome(lambda draft=draft: boundaries.boundaries(draft)),  # type: ignore[misc]
        )
        for name, draft in DRAFTS.items()
    }

    assert {
        "no fault": ("passes", "passes"),
        "ends a day early": ("passes", "FAILS: the last day"),
        "a float between": ("passes", "FAILS: half a cent"),
    } == found
    rows = [f"{'':<19}{'examples':<11}boundaries"]
    rows += [f"{name:<19}{both[0]:<11}{both[1]}" for name, both in found.items()]
    output.check(f"{PAGE}/boundaries.out", "\n".join(rows))


@pytest.mark.harm("boundary-tests")
def test_a_float_is_wrong_by_a_cent_for_hundreds_of_prices(output: Output) -> None:
    """A float between two decimals gives another total for many prices, yet no round one."""
    shares = {
        percent: wrong(float_dont.discounted, percent) for percent in (10, 20, 25)
    }

    assert {10: 653, 20: 0, 25: 1249} == shares
    rows = [
        f"{percent} % off: {count:>5,} of 10,000 prices are wrong"
        for percent, count in shares.items()
    ]
    output.check(f"{PAGE}/float_dont.out", "\n".join(rows))


@pytest.mark.proves("boundary-tests")
@pytest.mark.parametrize("name", boundaries.CASES)
def test_each_case_stands_for_a_fault(name: str) -> None:
    """A price that is wrong in one case only is found, and the case is named."""
    case = boundaries.CASES[name]

    def draft(paid: Decimal, percent: int, last: date, day: date) -> Decimal:
        right = price.discounted(paid, percent, last, day)
        odd = (paid, percent, day) == (Decimal(case[0]), *case[1:3])
        return right + Decimal("0.01") * odd

    assert f"FAILS: {name}" == outcome(lambda: boundaries.boundaries(draft))


@pytest.mark.proves("boundary-tests")
@pytest.mark.parametrize(
    ("mode", "case"),
    [
        ("ROUND_HALF_EVEN", "half a cent"),
        ("ROUND_HALF_DOWN", "half a cent"),
        ("ROUND_DOWN", "half a cent"),
        ("ROUND_UP", "just below half a cent"),
    ],
)
def test_every_other_rounding_is_found(mode: str, case: str) -> None:
    """Only half up passes: each other way to round fails at a tie, or beside it."""

    def draft(paid: Decimal, percent: int, last: date, day: date) -> Decimal:
        off = paid * percent / 100 if day <= last else Decimal(0)
        return paid - off.quantize(Decimal("0.01"), mode)

    assert f"FAILS: {case}" == outcome(lambda: boundaries.boundaries(draft))


@pytest.mark.proves("fake-over-mock")
@pytest.mark.parametrize("kind", ["fake", "table"])
def test_fake_and_table_keep_one_contract(kind: str, database: str) -> None:
    """What the table does with a code, the fake does too."""
    with stored(database) as table:
        codes: Codes = FakeCodes(SPRING=2) if kind == "fake" else table

        assert "passes" == outcome(lambda: contract(codes))


@pytest.mark.proves("fake-over-mock")
def test_a_code_that_saves_nothing_is_not_used() -> None:
    """After the last day the customer pays all, and the use is left for nobody to lose."""
    codes = FakeCodes(SPRING=1)
    code = Code("SPRING", 25, LAST)
    paid = total(codes, code, Decimal("19.99"), date(2027, 4, 1))

    assert Decimal("19.99") == paid
    assert {"SPRING": 1} == codes.left


class Broken(FakeCodes):
    """A fake that forgets to count, or never gives a use, or ignores the case."""

    def __init__(self, fault: str) -> None:
        super().__init__(SPRING=2)
        self.fault = fault

    def redeem(self, code: str) -> bool:
        """Do it wrong."""
        if self.fault == "case":
            return super().redeem(code.upper())
        if self.fault == "unknown" and code not in self.left:
            return True
        given = super().redeem(code)
        if self.fault == "one" and self.left["SPRING"] == 0:
            return False
        return given or (self.fault == "endless" and code in self.left)


@pytest.mark.proves("fake-over-mock")
@pytest.mark.parametrize("fault", ["case", "unknown", "one", "endless"])
def test_a_fake_that_behaves_otherwise_breaks_the_contract(fault: str) -> None:
    """The contract finds a fake that is not as the table."""
    assert outcome(lambda: contract(Broken(fault))).startswith("FAILS")


def believe(codes: Mock) -> None:
    """Answer as the table does."""
    codes.redeem.side_effect = [True, True, False]


CHECKOUTS: Final = {
    "no fault": (total, believe),
    "another name": (renamed, believe_renamed),
    "expects an error": (trusting, believe_trusting),
}


@pytest.mark.proves("fake-over-mock")
@pytest.mark.harm("fake-over-mock")
def test_a_mock_agrees_with_whoever_wrote_it(database: str, output: Output) -> None:
    """A mock passes both wrong drafts, autospec one; a fake finds both, as the table does."""
    found = {}
    for name, (draft, belief) in CHECKOUTS.items():

        def asked(codes: Any, draft: Any = draft) -> None:  # noqa: ANN401
            third_pays_all(draft, codes)

        def mocked(codes: Any, belief: Any = belief, ask: Any = asked) -> None:  # noqa: ANN401
            belief(codes)
            ask(codes)

        spec = create_autospec(StoredCodes, instance=True)
        with stored(database) as table:
            suites: list[Callable[[], None]] = [
                lambda ask=mocked: ask(Mock()),  # type: ignore[misc]
                lambda ask=mocked, spec=spec: ask(spec),  # type: ignore[misc]
                lambda ask=asked: ask(FakeCodes(SPRING=2)),  # type: ignore[misc]
                lambda ask=asked, table=table: ask(table),  # type: ignore[misc]
            ]
            found[name] = [outcome(suite).partition(":")[0] for suite in suites]

    assert {
        "no fault": ["passes"] * 4,
        "another name": ["passes", *["FAILS"] * 3],
        "expects an error": ["passes", "passes", "FAILS", "FAILS"],
    } == found
    columns = ("Mock()", "autospec", "fake", "PostgreSQL")
    rows = [f"{'':<19}" + "".join(f"{name:<11}" for name in columns)]
    rows += [
        f"{name:<19}" + "".join(f"{each:<11}" for each in outcomes)
        for name, outcomes in found.items()
    ]
    output.check(f"{PAGE}/doubles.out", "\n".join(row.rstrip() for row in rows))


@pytest.mark.harm("fake-over-mock")
def test_everybody_gets_the_discount() -> None:
    """The draft that expects an error gives the discount for ever, and no test says so."""
    codes = FakeCodes(SPRING=2)
    code = Code("SPRING", 25, LAST)
    paid = [trusting(codes, code, Decimal("19.99"), LAST) for _ in range(1000)]

    assert 1000 == paid.count(Decimal("14.99"))
