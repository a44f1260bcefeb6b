"""One commit is built twice, and a workflow is read as a graph."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from snippets.delivery.staging_and_promotion.gates import detours
from snippets.delivery.staging_and_promotion.guard import doors
from tests.delivery.repository import Repository

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS = Path(__file__).parents[2] / "snippets"
PATH = ["staging", "production"]
SHOP = "import money\nprint('a third of 2.00 is', money.split(200, 3))\n"
DOWN = "def split(cents, ways):\n    return f'{cents // ways / 100:.2f}'\n"
NEAREST = "def split(cents, ways):\n    return f'{round(cents / ways) / 100:.2f}'\n"


def text(name: str) -> str:
    """Read a snippet."""
    return (SNIPPETS / name).read_text("utf-8")


MAIN = ["main"]


def settings(name: str) -> dict[str, Any]:
    """Read what GitHub answers about an environment."""
    answer: dict[str, Any] = json.loads(text(name))
    return answer


@pytest.mark.harm("promote-the-digest")
def test_one_commit_built_twice_is_two_programs(tmp_path: Path, output: Output) -> None:
    """A release in between is in the second build, and staging never saw it."""
    script = str(SNIPPETS / "delivery/staging_and_promotion/build_dont.sh")
    money = Repository(tmp_path / "money")
    money.commit("Split amounts", {"money.py": DOWN})
    shop = Repository(tmp_path / "shop")
    shop.commit("Split two euros", {"shop.py": SHOP})
    found = {}
    shop.run("sh", script, "staging", MONEY=f"file://{money.folder}")
    found["staging"] = shop.run("python", "staging.pyz")
    money.commit("Round to the nearest", {"money.py": NEAREST})
    shop.run("sh", script, "production", MONEY=f"file://{money.folder}")
    found["production, built again"] = shop.run("python", "production.pyz")
    found["production, from staging"] = shop.run("python", "staging.pyz")

    assert ["0.66", "0.67", "0.66"] == [each[-4:] for each in found.values()]
    rows = [f"{name:<26}{printed}" for name, printed in found.items()]
    output.check("delivery/staging_and_promotion/build_dont.out", "\n".join(rows))


@pytest.mark.harm("promote-the-digest")
def test_a_build_for_each_environment_is_found(output: Output) -> None:
    """Neither environment runs what another has run."""
    found = [*detours(text("delivery/staging_and_promotion/deliver_dont.yml"), PATH)]

    assert 3 == len(found)
    output.check("delivery/staging_and_promotion/deliver_dont.out", "\n".join(found))


@pytest.mark.proves("promote-the-digest")
def test_what_staging_ran_is_what_production_gets() -> None:
    """The good workflow builds once, and hands one output from place to place."""
    assert [] == [*detours(text("delivery/staging_and_promotion/deliver.yml"), PATH)]


@pytest.mark.proves("promote-the-digest")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("needs: [build, staging]", "needs: build", "production: does not wait for st"),
        (
            "IMAGE: ${{ needs.build.outputs.image }} #",
            "IMAGE: ghcr.io/example/shop:main #",
            "production: deploys ghcr.io/example/shop:main, which has run nowhere",
        ),
        ("./login.sh", "docker build -t shop .", "staging: builds for staging alone"),
        ("environment: production", "environment: prod", "production: nobody guards p"),
        ("environment: production", "env: {}", "production: deploys past every"),
        (
            "environment: staging",
            "environment: {name: Test}",
            "staging: nobody guards test",
        ),
    ],
)
def test_each_detour_is_found(old: str, new: str, told: str) -> None:
    """A shorter way, another image, a second build or a place without rules is told."""
    good = text("delivery/staging_and_promotion/deliver.yml")
    assert old in good
    found = [*detours(good.replace(old, new, 1), PATH)]

    assert found[0].startswith(told)
    assert "Test" in new or 1 == len(found)  # without staging, nobody waited for it


@pytest.mark.proves("promote-the-digest")
def test_the_case_of_a_name_is_nothing() -> None:
    """GitHub takes Production for production, and so does the check."""
    shouted = text("delivery/staging_and_promotion/deliver.yml").replace(
        "environment: production", "environment: PRODUCTION"
    )

    assert [] == [*detours(shouted, PATH)]


@pytest.mark.proves("guard-production")
def test_two_people_and_main_are_needed() -> None:
    """Each rule that is taken away is told, and nothing else."""
    guarded = settings("delivery/staging_and_promotion/production.json")
    review = guarded["protection_rules"][0]

    assert [] == doors(guarded, MAIN)
    assert ["administrators may bypass it"] == doors(
        guarded | {"can_admins_bypass": True}, MAIN
    )
    assert ["whoever started it may approve"] == doors(
        guarded | {"protection_rules": [review | {"prevent_self_review": False}]}, MAIN
    )
    assert ["nobody has to approve"] == doors(
        guarded | {"protection_rules": [review | {"reviewers": []}]}, MAIN
    )


@pytest.mark.proves("guard-production")
def test_main_is_the_one_branch_that_is_listed() -> None:
    """No list, a pattern, a second branch and "protected branches" are doors."""
    guarded = settings("delivery/staging_and_promotion/production.json")
    told = ["not only main may deploy"]
    protected = {"protected_branches": True, "custom_branch_policies": False}

    for policy in (None, protected):
        assert told == doors(guarded | {"deployment_branch_policy": policy}, MAIN)
    for branches in ([], ["*"], ["main", "release/*"]):
        assert told == doors(guarded, branches)


@pytest.mark.proves("promote-the-digest")
def test_the_build_hands_over_the_digest(tmp_path: Path) -> None:
    """The step is run as GitHub runs it: the output is what the registry gave.

    docker is a stand-in that notes its arguments and tells a digest: there is no
    registry.
    """
    jobs = yaml.safe_load(text("delivery/staging_and_promotion/deliver.yml"))["jobs"]
    (step,) = (each for each in jobs["build"]["steps"] if each.get("id") == "push")
    docker = tmp_path / "docker"
    docker.write_text(
        '#!/bin/sh\necho "$1" >>"$NOTED"\n[ "$1" != inspect ] || echo "shop@sha256:1f2e"\n'
    )
    docker.chmod(0o755)
    subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "NOTED": str(tmp_path / "noted"),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "IMAGE": "shop:tag",
        },
        check=True,
    )

    assert ["build", "push", "inspect"] == (tmp_path / "noted").read_text().split()
    assert "image=shop@sha256:1f2e\n" == (tmp_path / "output").read_text()
    assert {"image": "${{ steps.push.outputs.image }}"} == jobs["build"]["outputs"]


@pytest.mark.proves("promote-the-digest")
def test_a_deploy_asks_for_no_more_than_it_needs() -> None:
    """Each environment has one rollout at a time, and its job may write nothing."""
    jobs = yaml.safe_load(text("delivery/staging_and_promotion/deliver.yml"))["jobs"]
    for name in PATH:
        assert {"contents": "read", "id-token": "write"} == jobs[name]["permissions"]
        assert (name, name) == (jobs[name]["environment"], jobs[name]["concurrency"])
    assert any("/ready" in step.get("run", "") for step in jobs["staging"]["steps"])


LONG = """jobs:
  first: {environment: test, steps: [{run: kubectl set image d/shop shop=one}]}
  look: {needs: first, steps: []}
  second: {environment: staging, needs: look, steps: []}
  third:
    environment: production
    needs: second
    steps: [{run: kubectl set image d/shop shop=one}]
"""


@pytest.mark.proves("promote-the-digest")
def test_a_longer_way_has_every_environment_on_it() -> None:
    """A job between two deploys is no detour; an environment left out is one."""
    path = ["test", *PATH]
    short = LONG.replace("needs: second", "needs: look")
    other = LONG.replace("needs: look, steps: []", f"needs: look, steps: [{RUN_TWO}]")

    assert [] == [*detours(LONG, path)]
    assert ["third: does not wait for staging"] == [*detours(short, path)]
    assert [
        "second: deploys two, which has run nowhere",
        "third: deploys one, which has run nowhere",
    ] == [*detours(other, path)]


RUN_TWO = "{run: kubectl set image d/shop shop=two}"


@pytest.mark.harm("guard-production")
def test_a_name_that_nobody_made_is_open(output: Output) -> None:
    """An environment that begins to exist because a workflow names it has no rule."""
    found = doors(settings("delivery/staging_and_promotion/prod_dont.json"), [])

    assert 4 == len(found)
    assert "nobody has to approve" == found[0]
    output.check("delivery/staging_and_promotion/prod_dont.out", "\n".join(found))
