"""Flags are asked through the real SDK, while their file is whole, broken or gone."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from snippets.delivery.feature_flags import (
    bucket_dont,
    check_flags,
    enabled_dont,
    prices_dont,
)
from snippets.delivery.feature_flags.bucket import BUCKETS, bucket
from snippets.delivery.feature_flags.enabled import client, enabled
from snippets.delivery.feature_flags.expiry import LONGEST, faults
from snippets.delivery.feature_flags.provider import FlagFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handbook.outputs import Output

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "snippets"
PAGE = "delivery/feature_flags"
TODAY = date(2026, 11, 23)
USERS = [f"user-{number}" for number in range(100_000)]


@pytest.fixture
def flags(tmp_path: Path) -> Iterator[Path]:
    """Copy the page's flags to where a test may break them; forget the provider after."""
    file = tmp_path / "flags.json"
    shutil.copy(SNIPPETS / "delivery/feature_flags/flags.json", file)
    yield file
    api.shutdown()
    api.clear_providers()


def config(name: str) -> dict[str, Any]:
    """Parse a file of flags that the page shows."""
    return dict(json.loads((SNIPPETS / name).read_text(encoding="utf-8")))


def start(file: Path) -> None:
    """Start the service: an error of the provider does not stop it."""
    try:
        api.set_provider_and_wait(FlagFile(file))
    except (OSError, ValueError, KeyError):
        return


def share(is_on: Callable[[str], bool], users: list[str]) -> float:
    """Give the share of users for whom a flag is on."""
    return sum(map(is_on, users)) / len(users)


@pytest.mark.proves("flag-expiry")
def test_the_flags_of_the_page_are_in_order() -> None:
    """Each flag of the file has a type, an owner and a last day that is near enough."""
    good = config("delivery/feature_flags/flags.json")

    assert [] == [*faults(good, TODAY)]
    assert {flag["type"] for flag in good["flags"].values()} == set(LONGEST)
    assert [90, 90, 365, 365] == [*LONGEST.values()]


@pytest.mark.proves("flag-expiry")
def test_a_flag_may_live_through_its_last_day() -> None:
    """A flag is in order on its last day, and over on the next."""
    good = config("delivery/feature_flags/flags.json")
    last = date.fromisoformat(good["flags"]["short-form"]["expires"])
    told = "short-form: over since 2026-12-20: growth, delete it"

    assert [] == [*faults(good, last)]
    assert [told] == [*faults(good, last + timedelta(days=1))]


@pytest.mark.proves("flag-expiry")
@pytest.mark.parametrize("kind", LONGEST)
def test_nobody_may_write_2099(kind: str) -> None:
    """Each type has a longest life, to the day."""
    for extra in (0, 1):
        last = TODAY + timedelta(days=LONGEST[kind] + extra)
        flag = {"type": kind, "owner": "web", "expires": last.isoformat()}
        found = [*faults({"flags": {"a": flag}}, TODAY)]

        assert extra == len(found)


@pytest.mark.proves("flag-expiry")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"type": "feature"},
            "a: type is none of release, experiment, ops, permission",
        ),
        ({"type": None}, "a: type is none of release, experiment, ops, permission"),
        ({"owner": ""}, "a: has no owner: name a team"),
        ({"expires": "soon"}, "a: expires must be a day, as 2027-01-31"),
        ({"expires": None}, "a: expires must be a day, as 2027-01-31"),
    ],
)
def test_each_fault_is_told(change: dict[str, Any], told: str) -> None:
    """A flag without a type, an owner or a date is told, with the way out."""
    flag = {"type": "release", "owner": "web", "expires": "2026-11-23"}

    assert [] == [*faults({"flags": {"a": flag}}, TODAY)]
    assert [told] == [*faults({"flags": {"a": flag | change}}, TODAY)]
    again = {"retired": ["a"], "flags": {"a": flag | change}}
    assert ["a: was used before: take a new name", told] == [*faults(again, TODAY)]


@pytest.mark.proves("flag-expiry")
def test_the_test_fails_when_a_flag_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test to copy passes while each flag has days left, and fails after, by the clock."""
    monkeypatch.chdir(tmp_path)
    today = datetime.now(UTC).date()
    for days in (30, -1):
        last = (today + timedelta(days=days)).isoformat()
        flag = {"type": "release", "owner": "web", "expires": last}
        (tmp_path / "flags.json").write_text(json.dumps({"flags": {"a": flag}}))
        if days > 0:
            check_flags.test_every_flag_is_in_order()
    with pytest.raises(AssertionError, match="a: over since"):
        check_flags.test_every_flag_is_in_order()


@pytest.mark.harm("flag-expiry")
def test_a_flag_that_was_left_brings_back_dead_code(
    flags: Path, output: Output
) -> None:
    """A flag that stays in the code for months sells for a hundredth when its file breaks."""
    shutil.copy(SNIPPETS / "delivery/feature_flags/flags_dont.json", flags)
    start(flags)
    order = [Decimal("12.00"), Decimal("8.00")]
    before = prices_dont.total(order)
    flags.write_text(flags.read_text() + "}")
    start(flags)
    after = prices_dont.total(order)

    assert (Decimal(20), Decimal("0.2")) == (before, after)
    rows = [f"the flags are read     {before:6.2f} EUR"]
    rows += [f"their file is broken   {after:6.2f} EUR"]
    output.check(f"{PAGE}/prices_dont.out", "\n".join(rows))


@pytest.mark.proves("flag-expiry")
def test_a_file_that_nobody_tends_is_told(output: Output) -> None:
    """A flag that is over, one for ever, one of nobody and a name used again are told."""
    found = [*faults(config("delivery/feature_flags/flags_dont.json"), TODAY)]

    assert ["prices-in-euros", "dark-mode", "banner", "new-search"] == [
        fault.partition(":")[0] for fault in found
    ]
    output.check(f"{PAGE}/flags_dont.out", "\n".join(found))


def chi_square(found: Counter[int], cells: int) -> float:
    """Say how far counts are from even ones."""
    expected = found.total() / cells
    return sum((found[cell] - expected) ** 2 / expected for cell in range(cells))


NAMES = {
    "user-7": USERS,
    "7": [str(number) for number in range(100_000)],
    "a7@example.com": [f"a{number}@example.com" for number in range(100_000)],
}


@pytest.mark.proves("stable-bucket")
@pytest.mark.parametrize("names", NAMES)
def test_buckets_are_even(names: str) -> None:
    """Of 100,000 users each hundredth of the buckets has its share, whatever their names."""
    found = Counter(bucket("new-checkout", user) // 100 for user in NAMES[names])

    assert 100 == len(found)
    assert chi_square(found, 100) < 148.2  # exceeded by chance once in a thousand


PLACES: Final = [31, 9966, 7898]


@pytest.mark.proves("stable-bucket")
def test_a_place_is_for_ever() -> None:
    """A user who is in a rollout today is in it after every release of this code."""
    assert 10_000 == BUCKETS
    assert PLACES == [bucket("new-checkout", user) for user in ("ada", "ben", "")]


@pytest.mark.proves("stable-bucket")
def test_a_rollout_keeps_whom_it_has(flags: Path) -> None:
    """From 10 % to 20 % everybody who had it keeps it, and 10 % more get it."""
    some = USERS[:8000]
    start(flags)
    ten = {user for user in some if enabled("new-checkout", user)}
    text = flags.read_text().replace('"percent": 10', '"percent": 20')
    flags.write_text(text)
    start(flags)
    twenty = {user for user in some if enabled("new-checkout", user)}

    assert ten < twenty
    assert 0.10 == pytest.approx(len(ten) / len(some), abs=0.012)
    assert 0.20 == pytest.approx(len(twenty) / len(some), abs=0.012)


@pytest.mark.proves("stable-bucket")
def test_a_step_may_be_a_hundredth_of_a_percent(flags: Path) -> None:
    """At 0.01 % only the first bucket has it."""
    flags.write_text(flags.read_text().replace('"percent": 10', '"percent": 0.01'))
    start(flags)
    some = USERS[:12_000]

    assert {0} == {
        bucket("new-checkout", user) for user in some if enabled("new-checkout", user)
    }


def elsewhere(code: str, seed: str) -> str:
    """Run code in another interpreter, whose hashes are salted differently."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        text=True,
        timeout=30,
    )
    return result.stdout


ASKED = """
from snippets.delivery.feature_flags.{module} import {name}
print([{name}({arguments}) for user in range(2000)])
"""


@pytest.mark.proves("stable-bucket")
def test_another_process_gives_the_same_bucket() -> None:
    """Two interpreters with other salts put 2,000 users where this one does."""
    here = [bucket("new-checkout", str(user)) for user in range(2000)]
    code = ASKED.format(
        module="bucket", name="bucket", arguments="'new-checkout', str(user)"
    )

    assert f"{here}\n" == elsewhere(code, "1") == elsewhere(code, "2")


@pytest.mark.proves("stable-bucket")
def test_a_digest_is_not_what_it_was() -> None:
    """The place of a user is fixed by the page: a change would move everybody."""
    assert [31, 8801, 5864] == [
        bucket(flag, user)
        for flag, user in (
            ("new-checkout", "ada"),
            ("short-form", "ada"),
            ("new-checkout", "grace"),
        )
    ]


@pytest.mark.harm("stable-bucket")
def test_chance_and_salt_show_both_versions(output: Output) -> None:
    """By chance most users see both versions; by hash() each process has its own tenth."""
    seen = [
        {bucket_dont.by_chance("f", user, 10) for _ in range(20)}
        for user in USERS[:5000]
    ]
    both = sum(len(versions) == 2 for versions in seen) / len(seen)
    code = ASKED.format(
        module="bucket_dont", name="by_hash", arguments="'f', str(user), 10"
    )
    first, second = (
        [word == "True" for word in elsewhere(code, seed).strip("[]\n").split(", ")]
        for seed in ("1", "2")
    )
    kept = sum(a and b for a, b in zip(first, second, strict=True)) / sum(first)

    assert 2000 == len(first)
    assert bucket_dont.by_hash("f", "ada", 100)
    assert 0.88 == pytest.approx(both, abs=0.03)
    assert 0.1 == pytest.approx(sum(first) / len(first), abs=0.03)
    assert kept < 0.2
    rows = [f"by_chance  both versions in 20 requests:  ≈ {both:.0%} of users"]
    rows += [f"by_hash    still on after a restart:  ≈ {kept:.0%} of those who had it"]
    output.check(f"{PAGE}/bucket_dont.out", "\n".join(rows))


@pytest.mark.proves("stable-bucket")
@pytest.mark.harm("stable-bucket")
def test_one_bucket_for_all_flags_gives_every_risk_to_the_same(
    output: Output,
) -> None:
    """With one bucket for all flags a tenth of the users get every risk; with one each, 0.1 %."""
    names = ("new-checkout", "short-form", "new-search")
    ways: dict[str, Callable[[str, str], bool]] = {
        "bucket": lambda flag, user: bucket(flag, user) < 1000,
        "by_user": lambda flag, user: bucket_dont.by_user(flag, user, 10),
    }
    rows = [f"{'flags that a user has':22}" + "".join(f"{n:>8}" for n in range(4))]
    shares = {}
    for name, is_on in ways.items():
        counts = Counter(sum(is_on(flag, user) for flag in names) for user in USERS)
        shares[name] = [counts[number] / len(USERS) for number in range(4)]
        cells = (f"{each:8.1%}" for each in shares[name])
        rows.append(f"{name:22}" + "".join(cells))

    expected = [0.729, 0.243, 0.027, 0.001]
    assert expected == pytest.approx(shares["bucket"], abs=0.005)
    assert [0, 0] == shares["by_user"][1:3]
    assert 0.1 == pytest.approx(shares["by_user"][3], abs=0.005)
    output.check(f"{PAGE}/by_user_dont.out", "\n".join(rows))


class Fails(InMemoryProvider):
    """A provider that loses its connection."""

    def _resolve(self, *_: object) -> Any:  # noqa: ANN401 # it never returns
        raise ConnectionResetError("connection reset")


class Waits(FlagFile):
    """A provider that is not ready until a test says so."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.go = Event()

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Wait, then read."""
        self.go.wait(timeout=30)
        super().initialize(evaluation_context)


def row(name: str, details: FlagEvaluationDetails[bool]) -> str:
    """Tell one evaluation."""
    value = repr(details.value)
    code = details.error_code or "-"
    return f"{name:17} {value:6} {details.reason or '-':15} {code}"


@pytest.mark.proves("flag-default")
def test_what_the_sdk_answers_when_nobody_can(
    flags: Path, output: Output, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever happens to the provider, the caller's default comes back, with a code."""

    def ask(key: str = "new-checkout", user: str = "") -> FlagEvaluationDetails[bool]:
        context = EvaluationContext(targeting_key=user)
        return client.get_boolean_details(
            key, default_value=False, evaluation_context=context
        )

    found = {"none was set": ask(user="ada")}
    waits = Waits(flags)
    api.set_provider(waits)
    found["is not ready"] = ask(user="ada")
    waits.go.set()
    start(flags)
    found["answers by name"] = ask(user="ada")
    found["answers by share"] = ask(user="grace")
    found["needs a user"] = ask()
    found["has no such flag"] = ask("new-chekout", "ada")
    start(flags.with_name("gone.json"))
    found["lost its file"] = ask(user="ada")
    assert "" == caplog.text
    api.set_provider_and_wait(Fails({}))
    found["raises"] = ask(user="ada")
    assert "connection reset" in caplog.text
    assert "Traceback" in caplog.text

    codes = {name: details.error_code for name, details in found.items()}
    assert {
        "none was set": None,
        "is not ready": "PROVIDER_NOT_READY",
        "answers by name": None,
        "answers by share": None,
        "needs a user": "TARGETING_KEY_MISSING",
        "has no such flag": "FLAG_NOT_FOUND",
        "lost its file": "FLAG_NOT_FOUND",
        "raises": "GENERAL",
    } == codes
    assert ["answers by name"] == [n for n, each in found.items() if each.value]
    assert Reason.DEFAULT == found["none was set"].reason
    head = f"{'the provider':17} {'value':6} {'reason':15} error code"
    rows = [head, *(row(name, details) for name, details in found.items())]
    output.check(f"{PAGE}/details.out", "\n".join(rows))


@pytest.mark.usefixtures("flags")
def test_the_async_client_gives_what_is_wrong(output: Output) -> None:
    """For a value of the wrong type the asynchronous client gives that value, no default."""
    flag = InMemoryFlag("off", {"off": "false"})
    api.set_provider_and_wait(InMemoryProvider({"new-checkout": flag}))
    sync = client.get_boolean_details("new-checkout", default_value=False)
    waited = asyncio.run(
        client.get_boolean_details_async("new-checkout", default_value=False)
    )

    assert "TYPE_MISMATCH" == sync.error_code == waited.error_code
    assert sync.value is False
    assert "false" == waited.value  # type: ignore[comparison-overlap] # the fault
    named = {"get_boolean_details": sync, "get_boolean_details_async": waited}
    rows = [f"{name:26} {d.value!r:8} {d.error_code}" for name, d in named.items()]
    output.check(f"{PAGE}/waited.out", "\n".join(rows))


@pytest.mark.proves("flag-default")
@pytest.mark.harm("flag-default")
@pytest.mark.parametrize("fault", ["no JSON", "gone"])
def test_a_default_of_on_releases_to_everybody(
    flags: Path, output: Output, fault: str
) -> None:
    """When the file breaks, a default of on gives a release of 10 % to everybody."""
    some = USERS[:2000]
    ways = {"enabled": enabled, "enabled_dont": enabled_dont.enabled}
    told = {}
    start(flags)
    for name, is_on in ways.items():
        told[name] = [share(lambda user: is_on("new-checkout", user), some)]  # noqa: B023 # called at once
    if fault == "gone":
        flags.unlink()
    else:
        flags.write_text(flags.read_text().replace("10,", "10"))
    start(flags)
    for name, is_on in ways.items():
        told[name] += [share(lambda user: is_on("new-checkout", user), some)]  # noqa: B023 # called at once

    assert told["enabled"][0] == told["enabled_dont"][0]
    assert 0.1 == pytest.approx(told["enabled"][0], abs=0.02)
    assert [0, 1] == [told["enabled"][1], told["enabled_dont"][1]]
    rows = ["new-checkout is on for   the file is read   it is broken"]
    for default, (read, broken) in zip(("off", "on"), told.values(), strict=True):
        rows.append(f"default {default:16} {read:16.1%} {broken:14.0%}")
    output.check(f"{PAGE}/enabled_dont.out", "\n".join(rows))


@pytest.mark.proves("flag-default")
def test_a_switch_needs_no_user(flags: Path) -> None:
    """A job that asks for nobody is stopped by a kill switch at 100 %, and not at 0 %."""
    start(flags)
    before = client.get_boolean_details("stop-recommendations", default_value=True)
    text = flags.read_text().replace('"percent": 0', '"percent": 100')
    flags.write_text(text)
    start(flags)

    assert [False, None] == [before.value, before.error_code]
    assert enabled("stop-recommendations")


@pytest.mark.proves("flag-default")
def test_a_share_of_users_needs_a_user(flags: Path) -> None:
    """A flag for 99.99 % of the users is off for a job that asks for nobody."""
    text = flags.read_text("utf-8").replace('"percent": 10', '"percent": 99.99')
    flags.write_text(
        text.replace('"payments"', '"Zahlungsverkehr für Händler"'), "utf-8"
    )
    start(flags)
    found = [
        client.get_boolean_details(
            flag,
            default_value=False,
            evaluation_context=EvaluationContext(targeting_key="grace"),
        )
        for flag in ("new-checkout", "bulk-export")
    ]

    assert [(True, "on"), (False, "off")] == [(d.value, d.variant) for d in found]
    assert {Reason.SPLIT} == {details.reason for details in found}
    assert not enabled("new-checkout")


@pytest.mark.proves("flag-default")
@pytest.mark.parametrize("percent", ["0.01", "1", "99"])
def test_a_share_of_nobody_is_not_guessed(flags: Path, percent: str) -> None:
    """However small or large the share, without a user there is no answer."""
    flags.write_text(
        flags.read_text().replace('"percent": 10', f'"percent": {percent}')
    )
    start(flags)
    details = client.get_boolean_details("new-checkout", default_value=False)

    assert ErrorCode.TARGETING_KEY_MISSING == details.error_code
    assert not enabled("new-checkout")


@pytest.mark.proves("flag-default")
def test_a_permission_is_by_name(flags: Path) -> None:
    """Those who are named have it, nobody else, and nobody when the file is gone."""
    start(flags)
    named = [enabled("bulk-export", user) for user in ("acme", "globex", "initech")]
    flags.unlink()
    start(flags)

    assert [True, True, False] == named
    assert not enabled("bulk-export", "acme")
