"""A rollback is drilled by its runbook while users ask, and its time is kept."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from contextlib import contextmanager
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx
import psycopg
import pytest

from snippets.operations.rollback_drill.customer import Customer
from snippets.operations.rollback_drill.drill import Drill, drill
from snippets.operations.rollback_drill.record import doubts
from snippets.operations.runbooks.rehearsal import rehearse, steps
from tests.loopback import Loopback
from tests.operations.supervisor import Supervisor
from tests.projects import ROOT
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output
    from tests.loopback import Request

SNIPPETS: Final = Path(ROOT, "snippets")
RUNBOOK: Final = (SNIPPETS / "operations/rollback_drill/go_back.md").read_text("utf-8")
RECORD: Final = (SNIPPETS / "operations/rollback_drill/drills.toml").read_text("utf-8")
RELEASE: Final = SNIPPETS / "operations/rollback_drill/release.sh"
PRUNES: Final = SNIPPETS / "operations/rollback_drill/release_dont.sh"


OLD: Final = (
    "INSERT INTO orders (item) VALUES (%s) RETURNING id::text",
    "SELECT id::text, item FROM orders",
)
COUNTS: Final = (
    "INSERT INTO orders (item, quantity) VALUES (%s, 2) RETURNING id::text",
    OLD[1],
)
RENAMED: Final = tuple(text.replace("item", "product") for text in OLD)
BROKEN: Final = {
    "quantity, without a default": (
        "operations/rollback_drill/required_dont.sql",
        COUNTS,
    ),
    "item, renamed to product": (
        "operations/rollback_drill/renamed_dont.sql",
        RENAMED,
    ),
}


class Quiet(SimpleHTTPRequestHandler):
    """Serve files, and say nothing of it."""

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class Shop(NamedTuple):
    """A shop that serves what `current` leads to.

    Attributes:
        folder: Its releases, and the script that changes them.
        address: Where it listens.
    """

    folder: Path
    address: str

    def release(self, number: str, *, works: bool = True) -> str:
        """Put a release there and serve it, and give what was said."""
        release = self.folder / "releases" / number
        release.mkdir(parents=True)
        if works:
            (release / "version").write_text(f"{number}\n")
        text = f"## Out\n\n```bash\n./release.sh {number}\n```\n\n```text\n\n```\n"
        [said] = self.rehearse(text, "Out")
        return said

    def rehearse(self, runbook: str, section: str) -> list[str]:
        """Do what a section of a runbook says."""
        environment = {**os.environ, "SHOP": self.address}
        return rehearse(runbook, section, environment, self.folder)

    def ask(self) -> str | None:
        """Ask for the release, as a user."""
        answer = httpx.get(f"{self.address}/version")
        return answer.text.strip() if answer.is_success else None


@contextmanager
def opened(folder: Path, script: Path) -> Iterator[Shop]:
    """Open a shop whose releases are made by a script."""
    shutil.copy(script, folder / "release.sh")
    handler = partial(Quiet, directory=folder / "current")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Shop(folder, f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Open a shop that keeps five releases; 41 works, and 42 does not."""
    with opened(tmp_path, RELEASE) as shop:
        shop.release("41")
        shop.release("42", works=False)
        yield shop


@pytest.mark.proves("rollback-drill")
def test_the_runbook_goes_back_and_its_time_is_known(
    shop: Shop, output: Output
) -> None:
    """Users get errors until the release is back, and the drill counts them."""
    assert None is shop.ask()
    problems: list[str] = []
    done = drill(
        shop.ask, "41", lambda: problems.extend(shop.rehearse(RUNBOOK, "Go back"))
    )

    assert [] == problems
    assert [] == shop.rehearse(RUNBOOK, "Afterwards")
    assert 0 < done.failed == done.asked
    assert 0 < done.seconds < 60
    rows = [
        "release 41 answers everybody again",
        f"after ≈ {done.seconds:.2f} s and ≈ {done.failed} requests that failed",
    ]
    output.check("operations/rollback_drill/drilled.out", "\n".join(rows))


@pytest.mark.harm("rollback-drill")
def test_a_rollback_that_nobody_tried_has_nothing_to_go_back_to(
    tmp_path: Path, output: Output
) -> None:
    """The script that cleans up leaves one release: the one that fails."""
    with opened(tmp_path, PRUNES) as shop:
        shop.release("41")
        shop.release("42", works=False)
        found = shop.rehearse(RUNBOOK, "Go back")

        assert 2 == len(found)
        assert ["42"] == [p.name for p in (tmp_path / "releases").iterdir()]
        with pytest.raises(RuntimeError) as failed:
            drill(shop.ask, "41", lambda: shop.rehearse(RUNBOOK, "Go back"), enough=3)
    assert "None answers, not 41" == str(failed.value)
    lines = [line.replace(", expected", ",\n  expected") for line in found]
    output.check("operations/rollback_drill/pruned.out", "\n".join(lines))


@pytest.mark.proves("rollback-drill")
def test_what_went_out_is_what_the_script_says(shop: Shop) -> None:
    """Five are kept, the one that serves among them, however old it is."""
    assert RELEASE.read_bytes() == (shop.folder / "release.sh").read_bytes()
    for number in range(43, 47):
        assert f"release {number} serves" in shop.release(str(number))
    assert ["42", "43", "44", "45", "46"] == releases(shop)
    shop.release("9")
    assert ["42", "43", "44", "45", "46", "9"] == releases(shop)


def releases(shop: Shop) -> list[str]:
    """List the releases that are left."""
    return sorted(path.name for path in (shop.folder / "releases").iterdir())


def test_the_runbook_says_what_each_command_prints() -> None:
    """No command is without its output, or it would not be run."""
    assert ["Go back", "Go back", "Afterwards"] == [s.section for s in steps(RUNBOOK)]
    assert all(step.expected for step in steps(RUNBOOK))


@pytest.mark.proves("rollback-drill")
def test_only_what_users_met_is_counted() -> None:
    """Answers count until the first of the good ones at the end."""
    answers = [None, "41", "42", None]
    asked: list[str | None] = []

    def ask() -> str | None:
        asked.append(answers[len(asked)] if len(asked) < len(answers) else "41")
        return asked[-1]

    done = drill(ask, "41", lambda: wait_until(lambda: len(asked) > 5), enough=9)

    assert Drill(done.seconds, 4, 2) == done
    assert 0 <= done.seconds < 60


@pytest.mark.proves("rollback-drill")
def test_what_fails_ends_the_drill() -> None:
    """Users stop asking, and whoever drills hears of it."""

    def breaks() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        drill(lambda: "41", "41", breaks)
    with pytest.raises(LookupError):
        drill(breaks, "41", lambda: None)


@pytest.mark.proves("rollback-drill")
@pytest.mark.parametrize("enough", [1, 7])
def test_the_drill_goes_on_until_enough_have_an_answer(enough: int) -> None:
    """Users ask on after the last step: what is slow to come back is seen."""
    over: list[bool] = []
    asked: list[bool] = []

    def ask() -> str:
        asked.append(bool(over))
        return "41"

    drill(ask, "41", lambda: over.append(True), enough)

    assert enough <= sum(asked)


@pytest.mark.proves("rollback-drill")
@pytest.mark.parametrize(
    ("today", "old", "new", "told"),
    [
        (date(2026, 12, 4), "", "", []),
        (date(2026, 12, 5), "", "", ["the last drill is 93 days old"]),
        (date(2026, 9, 4), "= 95", "= 120", []),
        (
            date(2026, 9, 4),
            "= 95",
            "= 121",
            ["it took 121 s, and 120 s is the target"],
        ),
        (date(2026, 9, 4), '"Ben"', '"Ada"', ["only Ada has done it lately"]),
    ],
    ids=["fresh", "old", "in time", "slow", "alone"],
)
def test_a_drill_vouches_for_a_while(
    today: date, old: str, new: str, told: list[str]
) -> None:
    """Not for ever, not for a slow one, and not for others than who did it."""
    assert told == doubts(RECORD.replace(old, new), today)


@pytest.mark.proves("rollback-drill")
def test_what_was_never_done_vouches_for_nothing() -> None:
    """A plan without a drill is a doubt of its own."""
    assert ["it was never done"] == doubts("target = 120\n", date(2026, 9, 4))
    one = 'target = 9\n[[drill]]\non = 2026-09-01\nby = "Ada"\nseconds = 8\n'
    assert ["only Ada has done it lately"] == doubts(one, date(2026, 9, 4))


class Deployed:
    """Two releases on one database; 42 has migrated it, and serves.

    Attributes:
        customer: Who has ordered three times from each.
        problems: What the runbook did not do as it says.
    """

    def __init__(
        self, folder: Path, database: str, migration: str, new: tuple[str, ...]
    ) -> None:
        self.customer, self.problems = Customer(), list[str]()
        self.folder, self.database = folder, database
        shutil.copy(RELEASE, folder / "release.sh")
        created, self._migration = (SNIPPETS / migration).read_text().split("\n\n", 1)
        self._execute(created)
        self._put("41", OLD)
        self._put("42", new)
        self._release("41")

    @contextmanager
    def serving(self) -> Iterator[Supervisor]:
        """Take orders with each release."""
        with Supervisor(self.folder, self.database) as self.supervisor:
            self.supervisor.wait_for("41")
            assert ["41"] * 3 == [self.ask() for _ in range(3)]
            self._execute(self._migration)
            self._release("42")
            self.supervisor.wait_for("42")
            assert ["42"] * 3 == [self.ask() for _ in range(3)]
            yield self.supervisor

    def ask(self) -> str | None:
        """Ask as the customer."""
        return self.customer.ask(self.supervisor.address)

    def version(self) -> str | None:
        """Ask for the release alone."""
        try:
            return httpx.get(f"{self.supervisor.address}/version").text.strip()
        except httpx.HTTPError:
            return None

    def go_back(self) -> None:
        """Do what the runbook says, and wait until the process is there."""
        self.problems += self.rehearse("Go back")
        self.supervisor.wait_for("41")

    def rehearse(self, section: str) -> list[str]:
        """Do a section of the runbook."""
        environment = {**os.environ, "SHOP": self.supervisor.address}
        return rehearse(RUNBOOK, section, environment, self.folder)

    def _put(self, number: str, statements: tuple[str, ...]) -> None:
        release = self.folder / "releases" / number
        release.mkdir(parents=True)
        for name, statement in zip(("place", "show"), statements, strict=True):
            (release / f"{name}.sql").write_text(statement)

    def _release(self, number: str) -> None:
        """Serve a release by its script."""
        text = f"## Out\n\n```bash\n./release.sh {number}\n```\n\n```text\n"
        text += f"release {number} serves\n```\n"
        assert [] == rehearse(text, "Out", os.environ, self.folder)

    def _execute(self, statements: str) -> None:
        with psycopg.connect(self.database) as connection:
            connection.execute(statements.encode())


@pytest.mark.proves("rollback-drill")
def test_the_release_before_serves_on_the_schema_of_the_next(
    tmp_path: Path, database: str, output: Output
) -> None:
    """On the migrated table release 41 takes orders again, and shows those of 42."""
    migration = "operations/rollback_drill/quantity.sql"
    shop = Deployed(tmp_path, database, migration, COUNTS)
    with shop.serving():
        done = drill(shop.ask, "41", shop.go_back, enough=10)
        after = shop.ask()
        shown = shop.rehearse("Afterwards")

    assert ("41", [], []) == (after, shop.problems, shown)
    assert 0 < done.seconds < tomllib.loads(RECORD)["target"]
    assert 1 <= done.asked - done.failed
    rows = [
        "orders that 41 confirmed             3",
        "orders that 42 confirmed, at least   4",
        f"41 shows them all, and takes more    after ≈ {done.seconds:.1f} s",
        f"requests that failed until then      ≈ {done.failed}",
    ]
    output.check("operations/rollback_drill/migrated.out", "\n".join(rows))


@pytest.mark.harm("rollback-drill")
def test_a_migration_that_the_release_before_cannot_live_with(
    tmp_path: Path, database: str, output: Output
) -> None:
    """Each command of the runbook goes well, and release 41 takes no order."""
    rows = [f"{'what 42 did':<29}/version  GET /orders  POST /orders"]
    for what, (migration, new) in BROKEN.items():
        folder = tmp_path / Path(migration).stem
        folder.mkdir()
        shop = Deployed(folder, database, migration, new)
        with shop.serving() as supervisor:
            done = drill(shop.version, "41", shop.go_back, enough=3)
            with pytest.raises(RuntimeError) as failed:
                drill(shop.ask, "41", lambda: None, enough=3)
            orders = f"{supervisor.address}/orders"
            shows = httpx.get(orders, timeout=60).status_code
            takes = httpx.post(orders, json="tea", timeout=60).status_code
            rows.append(f"{what:<29}{shop.version():<10}{shows:<13}{takes}")
            assert [] == [*shop.problems, *shop.rehearse("Afterwards")]
            assert 0 < done.seconds
            assert "None answers, not 41" == str(failed.value)
            assert 500 == takes
        with psycopg.connect(database) as connection:
            connection.execute("DROP TABLE orders")

    output.check("operations/rollback_drill/broken.out", "\n".join(rows))


class Answers(Loopback):
    """A shop of release 42 that answers as it is told."""

    version = 200

    def __init__(self, placed: tuple[int, str], shown: tuple[int, object]) -> None:
        self.said = {"POST /orders": placed, "GET /orders": shown}
        super().__init__()

    def answer(self, request: Request) -> None:
        """Answer, or tell the release."""
        if request.path == "/version":
            request.reply(self.version, b"42\n")
        else:
            status, said = self.said[f"{request.command} {request.path}"]
            request.reply(status, json.dumps(said).encode())


@pytest.mark.proves("rollback-drill")
@pytest.mark.parametrize(
    ("placed", "shown", "told"),
    [
        ((200, "2"), (200, {"1": "tea", "2": "tea", "7": "milk"}), "42"),
        ((200, "2"), (200, {"2": "tea"}), None),
        ((200, "2"), (200, {"1": "tea", "2": "milk"}), None),
        ((503, "2"), (200, {"1": "tea", "2": "tea"}), None),
        ((200, "2"), (503, {"1": "tea", "2": "tea"}), None),
    ],
    ids=["all", "one is gone", "another item", "refused", "not shown"],
)
def test_a_customer_looks_for_every_order(
    placed: tuple[int, str], shown: tuple[int, dict[str, str]], told: str | None
) -> None:
    """An order that was confirmed must be shown, with what was ordered."""
    customer = Customer()
    customer.orders["1"] = "tea"
    with Answers(placed, shown) as shop:
        assert told == customer.ask(shop.address)


@pytest.mark.proves("rollback-drill")
def test_an_error_is_no_release() -> None:
    """What a shop says beside an error is not taken for its release."""
    with Answers((200, "1"), (200, {"1": "tea"})) as shop:
        shop.version = 503
        assert None is Customer().ask(shop.address)


def test_a_shop_that_is_closed_has_no_release() -> None:
    """Where nobody listens, nothing is told, and no order is kept."""
    with Answers((200, "2"), (200, {})) as shop:
        closed = shop.address
    customer = Customer()

    assert None is customer.ask(closed)
    assert {} == customer.orders
