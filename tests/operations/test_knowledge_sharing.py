"""Who knows a system, asked of a real history."""

from __future__ import annotations

import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice
from typing import TYPE_CHECKING

import pytest

from snippets.operations.knowledge_sharing.all_time_dont import all_time
from snippets.operations.knowledge_sharing.history import commits
from snippets.operations.knowledge_sharing.knowers import knowers
from snippets.operations.knowledge_sharing.rotation import seconds
from snippets.operations.knowledge_sharing.rotation_dont import fastest
from snippets.operations.knowledge_sharing.truck_factor import lost, truck_factor
from tests.operations.repository import Shared, address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from handbook.outputs import Output

PAGE = "operations/knowledge_sharing"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SINCE = NOW - timedelta(days=365)
NAMES = ("Bo", "Chidi", "Dana", "Emre")
NUMBERS = count()
TEAM = {address(name): name for name in NAMES}


class Shop(Shared):
    """A repository in which what happens has a name."""

    def change(  # what can differ between two commits
        self, system: str, name: str, *, times: int = 3, days: int = 100, **env: str
    ) -> None:
        """Let somebody change a line, some times."""
        for _ in range(times):
            number = next(NUMBERS)
            self.write(f"{system}code.py", f"def total():\n    return {number}\n")
            self.record(name, NOW - timedelta(days=days), **env)

    def format(self, system: str) -> None:
        """Let Chidi turn quotes, and list the commit as one to be ignored."""
        for quote in ("'", '"', "'"):
            self.write(f"{system}code.py", f"name = {quote}orders{quote}\n")
            commit = self.record("Chidi", NOW - timedelta(days=50))
            with (self.folder / ".git-blame-ignore-revs").open("a") as ignored:
                ignored.write(f"# formatted\n{commit}\n")

    def indent(self, system: str) -> None:
        """Let Chidi change white space alone."""
        for width in (1, 2, 3):
            self.write(f"{system}code.py", f"if{' ' * width}open:{chr(10) * width}")
            who = "Ada" if width == 1 else "Chidi"
            self.record(who, NOW - timedelta(days=50))
        self.write(f"{system}empty.py", "")
        self.record("Chidi", NOW - timedelta(days=50))

    def move(self, system: str) -> None:
        """Let Bo move a file about, and delete it."""
        self.write("old.py", "total\n" * 9)
        self.record("Ada", NOW - timedelta(days=50))
        (self.folder / system).mkdir()
        self.git("mv", "old.py", f"{system}new.py")
        self.record("Bo", NOW - timedelta(days=50))
        self.git("mv", f"{system}new.py", f"{system}newer.py")
        self.record("Bo", NOW - timedelta(days=50))
        self.git("rm", "--quiet", f"{system}newer.py")
        self.record("Bo", NOW - timedelta(days=50))

    def pair(self, system: str) -> None:
        """Let Bo type, with Dana beside."""
        for number in range(3):
            self.write(f"{system}code.py", f"{number}\n")
            trailer = f"Co-authored-by: Dana <{address('Dana')}>"
            self.record("Bo", NOW - timedelta(days=50), f"Change it\n\n{trailer}\n")

    def review(self, system: str) -> None:
        """Let Bo type, and Dana review."""
        for number in range(3):
            self.write(f"{system}code.py", f"{number}\n")
            trailer = f"Reviewed-by: Dana <{address('Dana')}>"
            self.record("Bo", NOW - timedelta(days=50), f"Change it\n\n{trailer}\n")

    def squash(self, system: str) -> None:
        """Let Dana merge what Bo has made on a branch, as one commit."""
        self.git("switch", "--quiet", "--create", "branch")
        self.change(system, "Bo")
        self.git("switch", "--quiet", "main")
        self.git("merge", "--squash", "branch")
        self.record("Dana", NOW - timedelta(days=50))

    def typos(self, system: str) -> None:
        """Let Emre mend the comments."""
        for word in ("teh", "the", "The"):
            self.write(f"{system}code.py", f"# {word} total\n")
            self.record("Emre", NOW - timedelta(days=50))


@pytest.fixture(autouse=True, scope="module")
def no_settings() -> Iterator[None]:
    """Know no settings of the machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


# What is in the history, who is found, and who knows it in truth.
CASES: dict[str, tuple[Callable[[Shop, str], None], str, str]] = {
    "she changed it, and left": (
        lambda shop, system: shop.change(system, "Ada"), "nobody", "nobody"),
    "changed 366 days ago": (
        lambda shop, system: shop.change(system, "Bo", days=366), "nobody", "nobody"),
    "the same, rebased today": (
        lambda shop, system: shop.change(
            system, "Bo", days=366, GIT_COMMITTER_DATE=NOW.isoformat()),
        "nobody", "nobody"),
    "a formatter, listed": (Shop.format, "nobody", "nobody"),
    "white space": (Shop.indent, "nobody", "nobody"),
    "a bot's updates": (
        lambda shop, system: shop.change(system, "Robot"), "nobody", "nobody"),
    "moved, and deleted": (Shop.move, "nobody", "nobody"),
    "made in a pair": (Shop.pair, "Bo, Dana", "Bo, Dana"),
    "Bo's branch, squashed by Dana": (Shop.squash, "nobody", "Bo"),
    "changed by Bo, Dana reviewed": (Shop.review, "Bo", "Bo, and partly Dana"),
    "three typos mended": (Shop.typos, "Emre", "nobody"),
}  # fmt: skip


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Let all of it happen, each in a folder of its own."""
    shop = Shop(tmp_path_factory.mktemp("cases"))
    for number, (happens, _, _) in enumerate(CASES.values()):
        happens(shop, f"s{number}/")
    return shop


def ask(shop: Shop) -> dict[str, str]:
    """Ask who knows each of the folders, and name them by what happened there."""
    folders = [f"s{number}/" for number in range(len(CASES))]
    found = knowers(shop.folder, folders, TEAM, SINCE).values()
    names = [", ".join(sorted(each)) or "nobody" for each in found]
    return dict(zip(CASES, names, strict=True))


@pytest.mark.proves("two-per-system")
@pytest.mark.parametrize("case", CASES)
def test_who_is_found(case: str, cases: Shop) -> None:
    """Leavers, bots, formatters and moves are known by nobody; a pair counts as two."""
    _, found, _ = CASES[case]

    assert found == ask(cases)[case]


@pytest.mark.proves("two-per-system")
def test_where_the_measure_lies(cases: Shop, output: Output) -> None:
    """A squash hides the author, a review is not counted, three typos are."""
    right, wrong = [f"{'in the history':<32}{'found':<10}true"], list[str]()
    for case, found in ask(cases).items():
        _, _, true = CASES[case]
        row = f"{case:<32}{found:<10}{true}"
        (right if found == true else wrong).append(row)

    assert 3 == len(wrong)
    rows = [*right, "", "and where it is wrong", *wrong]
    output.check(f"{PAGE}/lies.out", "\n".join(rows))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Make a shop that five people have made, of whom one has left."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.write("payments/code.py", "def pay(order):\n    return 'paid'\n" * 300)
    shop.record("Ada", NOW - timedelta(days=600))
    for system in ("payments/", "export/"):
        shop.change(system, "Ada", times=4, days=500)
    code = "def pay(order):\n    return {}paid{}\n" * 200
    shop.write("payments/bank.py", code.format(*"''" * 200))
    shop.record("Ada", NOW - timedelta(days=450))
    shop.write("payments/bank.py", code.format(*'""' * 200))
    ignored = shop.record("Chidi", NOW - timedelta(days=200))
    shop.write(".git-blame-ignore-revs", f"{ignored}\n")
    shop.change("payments/", "Bo", times=3)
    for system, names in {
        "orders/": ("Bo", "Dana"),
        "stock/": ("Chidi", "Dana"),
        "mail/": ("Bo", "Chidi"),
    }.items():
        for name in names:
            shop.change(system, name)
    return shop


SYSTEMS = ("orders/", "payments/", "stock/", "mail/", "export/")


@pytest.mark.proves("two-per-system")
def test_two_systems_are_known_by_too_few(shop: Shop, output: Output) -> None:
    """Of five systems three are known by two people, one by one, one by nobody."""
    known = knowers(shop.folder, SYSTEMS, TEAM, SINCE)
    gone = truck_factor(known)
    rows = [f"{'system':<12}known by"]
    rows += [
        f"{system:<12}{', '.join(sorted(names)) or 'nobody'}"
        for system, names in known.items()
    ]
    rows += ["", f"truck factor of the whole: {len(gone)} ({', '.join(gone)})"]

    assert [2, 1, 2, 2, 0] == [len(names) for names in known.values()]
    output.check(f"{PAGE}/known.out", "\n".join(rows))


@pytest.mark.harm("two-per-system")
def test_lines_over_all_time_name_who_left(shop: Shop, output: Output) -> None:
    """By lines, one who left and one who ran a formatter know payments best."""
    lines = all_time(shop.folder, "payments/")
    known = knowers(shop.folder, ["payments/"], TEAM, SINCE)["payments/"]
    why = {"Ada": "left", "Chidi": "ran a formatter", "Bo": "here, makes the changes"}
    rows = ["payments/   lines, all time"]
    rows += [
        f"{name:<12}{many:>5,}   {why[name]}" for name, many in lines.most_common()
    ]

    assert ["Ada", "Chidi", "Bo"] == [name for name, _ in lines.most_common()]
    assert {"Bo"} == known
    output.check(f"{PAGE}/all_time_dont.out", "\n".join(rows))


@pytest.mark.proves("two-per-system")
def test_a_year_and_three_changes_are_the_limits(tmp_path: Path) -> None:
    """What is exactly a year old counts, two changes do not, and `stock` is not `stocks`."""
    shop = Shop(tmp_path)
    shop.change("stock/", "Bo", days=365)
    shop.change("stock/", "Dana", times=2)
    shop.change("stocks/", "Chidi")

    def known(least: int = 3) -> set[str]:
        return knowers(shop.folder, ["stock/"], TEAM, SINCE, least)["stock/"]

    assert {"Bo"} == known()
    assert {"Bo", "Dana"} == known(least=2)
    assert set() == known(least=4)


@pytest.mark.proves("two-per-system")
def test_one_person_has_two_addresses(tmp_path: Path) -> None:
    """Two addresses of one name are one person, in one commit and in several."""
    shop = Shop(tmp_path)
    shop.change("stock/", "Bo", times=2)
    shop.change("stock/", "Robert", times=1)
    team = {address("Bo"): "Bo", address("Robert"): "Bo"}

    assert {"stock/": {"Bo"}} == knowers(shop.folder, ["stock/"], team, SINCE)
    shop.write("mail/code.py", "1\n")
    shop.record("Bo", NOW, f"Pair\n\nCo-authored-by: Me <{address('Robert')}>\n")
    known = knowers(shop.folder, ["mail/"], team, SINCE, least=2)
    assert {"mail/": set()} == known


def test_a_commit_says_what_it_changed(tmp_path: Path) -> None:
    """Names with umlauts are whole, merges are left out, and no repository is an error."""
    shop = Shop(tmp_path / "shop")
    shop.git("switch", "--quiet", "--create", "branch")
    shop.write("größe/code.py", "1\n")
    name = shop.record("Bo", NOW + HOUR)
    shop.git("switch", "--quiet", "main")
    shop.git("merge", "--quiet", "--no-ff", "--no-edit", "branch")
    newest, first = commits(shop.folder)

    assert (name, NOW + HOUR) == (newest.name, newest.at)
    assert {"größe/code.py"} == newest.files
    assert {address("Bo")} == newest.by
    assert {"README.md"} == first.files
    with pytest.raises(subprocess.CalledProcessError):
        list(commits(tmp_path))


@pytest.mark.proves("two-per-system")
@pytest.mark.parametrize(
    ("known", "gone"),
    [
        ({}, []),
        ({"a": set[str]()}, []),
        ({"a": {"Bo"}}, ["Bo"]),
        ({"a": {"Bo"}, "b": {"Dana"}}, ["Bo", "Dana"]),
        ({"a": {"Bo"}, "b": {"Bo"}, "c": {"Dana"}}, ["Bo"]),
        ({"a": {"Bo", "Dana"}, "b": {"Dana"}, "c": {"Chidi"}}, ["Dana", "Bo"]),
    ],
    ids=["nothing", "known by none", "one", "half", "two of three", "most first"],
)
def test_the_truck_factor(known: dict[str, set[str]], gone: list[str]) -> None:
    """Whoever knows most leaves first, until more than half is known by nobody."""
    assert gone == truck_factor(known)


START = {
    "orders/": {"Bo"},
    "payments/": {"Bo"},
    "stock/": {"Chidi"},
    "mail/": {"Dana"},
}
CHANGES = 24


def work(choose: Callable[[str, Mapping[str, set[str]]], str]) -> list[int]:
    """Make the changes of half a year, and count what comes of it."""
    known = {system: {*names} for system, names in START.items()}
    made, slow = Counter[tuple[str, str]](), 0
    for system in islice(cycle(START), CHANGES):
        author = choose(system, known)
        slow += author not in known[system]
        made[system, author] += 1
        if made[system, author] == 3:
            known[system].add(author)
    alone = sum(len(names) < 2 for names in known.values())
    return [slow, alone, len(lost(known, {"Bo"}))]


@pytest.mark.harm("rotate-the-work")
@pytest.mark.proves("rotate-the-work")
def test_whoever_is_fastest_stays_alone(output: Output) -> None:
    """With the fastest at work every silo stays; with a second person none does, for 12 slower changes of 24."""
    load = Counter[str]()

    def freest(system: str, known: Mapping[str, set[str]]) -> str:
        author = fastest(system, known, load)
        load[author] += 1
        return author

    named = seconds(START, NAMES)

    def second(system: str, known: Mapping[str, set[str]]) -> str:
        return named[system] if len(known[system]) < 2 else min(known[system])

    columns = [work(freest), work(second)]
    rows = [f"{f'{CHANGES} changes, 4 systems':<34}{'fastest':>9}{'second':>9}"]
    for label, *counts in zip(
        [
            "made by who did not know it",
            "systems that one person knows",
            "known by nobody when Bo leaves",
        ],
        *columns,
        strict=True,
    ):
        rows.append(f"{label:<34}" + "".join(f"{each:>9}" for each in counts))

    assert [[0, 4, 2], [12, 0, 0]] == columns
    output.check(f"{PAGE}/rotation.out", "\n".join(rows))


@pytest.mark.proves("rotate-the-work")
def test_who_knows_least_is_named() -> None:
    """Whoever knows fewest is named first, each once in turn, and never who knows it."""
    known = {"a": {"Bo"}, "b": {"Bo", "Dana"}, "c": set[str](), "d": {"Emre"}}

    named = seconds(known, ["Bo", "Dana", "Chidi", "Emre"])
    assert {"a": "Chidi", "c": "Dana", "d": "Chidi"} == named
    assert {} == seconds({"b": {"Bo", "Dana"}}, NAMES)
    assert "Bo" == fastest("b", known, {"Bo": 1, "Dana": 1})
    assert "Dana" == fastest("b", known, {"Bo": 2, "Dana": 1})
