"""A reviewer looks at the design first, and sees the test fail without the change."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis import Connection, Redis

from snippets.code_review.reviewing import asked, carts, carts_dont, flat, smoke_dont
from snippets.code_review.reviewing import shipping as changed
from snippets.resilience.retries.backoff import full_jitter
from snippets.resilience.retries.backoff_dont import exponential
from tests.code_review.examples import Example, better, examples
from tests.delivery.repository import ENVIRONMENT, Repository
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from handbook.outputs import Output

EXAMPLES = examples("reviewing")
SCRIPT = Path(__file__).parents[2] / "snippets/code_review/reviewing/see_it_fail.sh"


@pytest.mark.proves("design-first")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_the_better_comment_can_be_acted_on(example: Example) -> None:
    """Each better comment names a line of its diff, gives a reason, and says whether the merge waits."""
    "code_review/reviewing/comments.md"
    "code_review/reviewing/design.diff"
    "code_review/reviewing/praise.diff"

    assert better(example).discussion


@pytest.mark.harm("design-first")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_what_people_write_misses_the_change(example: Example) -> None:
    """What people write instead names nothing that the diff changes but a blank line and a docstring."""
    "code_review/reviewing/comments_dont.md"
    assert example.before
    assert "`" not in example.before


def second_process(module: ModuleType) -> Any:  # noqa: ANN401 # a module, made anew
    """Load a module as a second process has it: with nothing in its memory."""
    assert module.__spec__
    assert module.__spec__.origin
    spec = importlib.util.spec_from_file_location("second", module.__spec__.origin)
    assert spec
    assert spec.loader
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return fresh


@pytest.mark.parametrize(("module", "counted"), [(carts, 3), (carts_dont, 1)])
def test_design(module: ModuleType, counted: int, redis_url: str) -> None:
    """The third lamp, added by a second process, is the third; with the change it is the first."""
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        cart = module.__name__  # the tests share the server
        first, second = second_process(module), second_process(module)
        assert [1, 2] == [first.add_item(redis, cart, "lamp") for _ in range(2)]
        assert {"lamp": "2"} == redis.hgetall(f"cart:{cart}")

        assert counted == second.add_item(redis, cart, "lamp")
        assert {"lamp": str(counted)} == redis.hgetall(f"cart:{cart}")
        assert 86_000 < int(str(redis.ttl(f"cart:{cart}"))) <= 86_400


def test_praise() -> None:
    """Drawing the upper end gives the schedule that the old function had, in one line and without a patch."""
    schedule = [full_jitter(n, lambda _, most: most) for n in range(1, 8)]

    assert [0.5, 1, 2, 4, 8, 10, 10] == schedule
    assert schedule == [exponential(n) for n in range(1, 8)]
    assert 10 == full_jitter(2000, max)
    with pytest.raises(OverflowError):
        exponential(2000)


def passes(test: Callable[[], None], shipping: object) -> bool:
    """Run a test with another version of what it tests."""
    module = sys.modules[test.__module__]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "shipping", shipping)
        try:
            test()
        except AssertionError:
            return False
        return True


def mutant(old: str = ">=", new: str = ">") -> object:
    """Make the change again, with one thing changed: a sign, if no other is named."""
    source = inspect.getsource(changed)
    assert 1 == source.count(old)
    names: dict[str, Any] = {}
    exec(source.replace(old, new), names)  # noqa: S102 # our own file
    return names["shipping"]


@pytest.mark.harm("see-it-fail")
def test_a_test_that_asks_nothing_passes_whatever_is_tested(output: Output) -> None:
    """A test that runs the new line and asks nothing passes without the change; one that asks fails, and still misses a changed sign."""
    "code_review/reviewing/comments_dont.md"
    "code_review/reviewing/smoke_dont.py"
    versions = {
        "with the change": changed.shipping,
        "without it": flat.shipping,
        "> instead of >=": mutant(),
    }
    tests = {
        "asks nothing": [smoke_dont.test_free_shipping],
        "as sent": [asked.test_a_large_order_is_free],
        "with 50": [asked.test_a_large_order_is_free, asked.test_exactly_50_is_free],
    }
    found = {
        told: [all(passes(test, version) for test in those) for those in tests.values()]
        for told, version in versions.items()
    }
    rows = [f"{'':15}" + "".join(f"  {name:12}" for name in tests)]
    rows += [
        f"{told:15}" + "".join(f"  {'pass' if x else 'fail':12}" for x in row)
        for told, row in found.items()
    ]

    assert [[True, True, True], [True, False, False], [True, True, False]] == list(
        found.values()
    )
    with pytest.raises(ZeroDivisionError):  # it does run the new line
        passes(smoke_dont.test_free_shipping, mutant("return Decimal(0)", "1 / 0"))
    output.check(
        "code_review/reviewing/tests_dont.out", "\n".join(map(str.rstrip, rows))
    )


@pytest.mark.proves("see-it-fail")
def test_the_comment_on_the_missing_test_is_true() -> None:
    """The tests as sent pass with one sign changed, and the test that the comment asks for fails."""
    "code_review/reviewing/comments.md"
    "code_review/reviewing/mutant.diff"
    a_cent_early = mutant("Decimal(50)", 'Decimal("49.99")')

    assert passes(asked.test_a_large_order_is_free, mutant())
    assert not passes(asked.test_exactly_50_is_free, a_cent_early)
    assert not passes(asked.test_exactly_50_is_free, mutant())
    assert passes(asked.test_exactly_50_is_free, changed.shipping)
    assert Decimal("5.90") == flat.shipping(Decimal(100))


def branch(folder: Path, test: ModuleType) -> Repository:
    """Make a repository with the change and a test of it, on a branch."""
    shop = Repository(folder)
    (folder / "shop").mkdir()
    (folder / "tests").mkdir()
    shop.commit("Send orders", {"shop/shipping.py": inspect.getsource(flat)})
    shop.git("update-ref", "refs/remotes/origin/main", "HEAD")
    shop.git("switch", "--quiet", "--create", "free-shipping")
    shop.git("branch", "--quiet", "--force", "main", "main~1")  # nobody has pulled
    source = inspect.getsource(test)
    shop.commit(
        "Send large orders for nothing",
        {
            "shop/shipping.py": inspect.getsource(changed),
            "shop/new.py": "",
            "tests/test_shipping.py": re.sub(r"snippets\.\w+\.\w+\.", "shop.", source),
        },
    )
    return shop


PYTEST = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")


ALONE = ENVIRONMENT | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": "."}


def see_it_fail(shop: Repository, *command: str) -> subprocess.CompletedProcess[str]:
    """Run the script on a branch, and see that it leaves nothing behind."""
    done = subprocess.run(
        ["sh", SCRIPT, "shop", *command],
        cwd=shop.folder,
        env=ALONE,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "" == shop.git("status", "--porcelain")
    assert 1 == worktrees(shop)
    return done


def worktrees(shop: Repository) -> int:
    """Count the work trees of a repository, of which it is one."""
    return len(shop.git("worktree", "list").splitlines())


@pytest.mark.proves("see-it-fail")
def test_a_test_that_fails_without_the_change(tmp_path: Path, output: Output) -> None:
    """The script runs the tests of the branch on the code before it, and shows why they fail."""
    "code_review/reviewing/see_it_fail.sh"
    done = see_it_fail(branch(tmp_path / "shop", asked), *PYTEST)
    told = re.findall(
        r"^E +(?:\w+: )?(assert .*)|^(fails .*)", done.stdout, re.MULTILINE
    )
    lines = [why or end for why, end in told]

    assert 0 == done.returncode, done.stderr
    assert "fails without the change: read above why" == lines[-1]
    assert "assert Decimal('5.90') == 0" == lines[0]
    output.check("code_review/reviewing/see_it_fail.out", "\n".join(lines))


@pytest.mark.proves("see-it-fail")
def test_a_test_that_passes_without_the_change_is_refused(tmp_path: Path) -> None:
    """A test that passes without the change ends the script with an error."""
    "code_review/reviewing/see_it_fail.sh"
    done = see_it_fail(branch(tmp_path / "shop", smoke_dont), *PYTEST)

    assert 1 == done.returncode
    assert done.stdout.endswith("passes without the change: what does it test?\n")


@pytest.mark.proves("see-it-fail")
def test_what_the_branch_has_added_is_gone(tmp_path: Path) -> None:
    """Files that the branch has added to the code are not there, and its tests are."""
    "code_review/reviewing/see_it_fail.sh"
    shop = branch(tmp_path / "shop", asked)

    assert (shop.folder / "shop/new.py").exists()
    for there in ("! -e shop/new.py", "-e shop/shipping.py", "-e tests"):
        assert 1 == see_it_fail(shop, "test", *there.split()).returncode


@pytest.mark.proves("see-it-fail")
def test_a_script_that_is_stopped_cleans_up(tmp_path: Path) -> None:
    """Stopped while the tests run, the script takes its worktree away all the same."""
    "code_review/reviewing/see_it_fail.sh"
    shop = branch(tmp_path / "shop", asked)
    begun = tmp_path / "begun"
    command = ["sh", "-c", 'touch "$0"; exec sleep 60', str(begun)]
    script = subprocess.Popen(
        ["sh", SCRIPT, "shop", *command],
        cwd=shop.folder,
        env=ALONE,
        start_new_session=True,
    )
    wait_until(begun.exists)
    assert 2 == worktrees(shop)
    os.killpg(script.pid, signal.SIGTERM)

    assert 130 == script.wait(timeout=60)
    assert 1 == worktrees(shop)


@pytest.mark.parametrize("module", [carts, carts_dont])
def test_no_round_trip_is_saved(
    module: ModuleType, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the change as without it, a call waits for Redis once."""
    sent = []
    send: Any = Connection.send_packed_command

    def counted(self: Connection, *command: Any, **options: Any) -> object:  # noqa: ANN401 # passed on
        sent.append(command)
        return send(self, *command, **options)

    with Redis.from_url(redis_url) as redis:
        redis.ping()
        monkeypatch.setattr(Connection, "send_packed_command", counted)
        second_process(module).add_item(redis, f"trips-{module.__name__}", "lamp")

    assert 1 == len(sent)
